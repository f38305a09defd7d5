"""What the books must say on a day, counted in plain Python from an account in memory."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from services.credit.queries.ageing import ageing
from services.credit.queries.history import Books
from services.credit.rules.state import Account
from services.kit.database import Database


@dataclass(frozen=True)
class Figures:
    """One customer's receivables at the end of a day. Ages are lists of (amount, items), the youngest first."""

    currency: str
    items: dict[str, int]
    credits: dict[str, int]
    unapplied: int
    ages: list[tuple[int, int]]
    overdue: tuple[int, int, int]
    longest: int


def bucket(days: int) -> int:
    return 0 if days <= 0 else 4 if days > 90 else (days - 1) // 30 + 1


def expected(account: Account, day: date) -> Figures:
    """Count the open invoices of an account one by one."""
    ages = [[0, 0] for _ in range(5)]
    overdue, longest = [0, 0, 0], 0
    for item in account.items.values():
        if item.open == 0:
            continue
        days = (day - item.due_on).days
        longest = max(longest, days)
        ages[bucket(days)][0] += item.open
        ages[bucket(days)][1] += 1
        if days > account.grace_days:
            overdue = [overdue[0] + item.open, overdue[1] + 1, max(overdue[2], days)]
    return Figures(
        account.currency,
        {i.invoice_id: i.open for i in account.items.values() if i.open},
        {c.credit_id: c.remaining for c in account.credits.values() if c.remaining},
        account.unapplied,
        [(amount, count) for amount, count in ages],
        (overdue[0], overdue[1], overdue[2]),
        longest,
    )


NOTHING = Figures("", {}, {}, 0, [(0, 0)] * 5, (0, 0, 0), 0)
_AGES = ("current", "days_1_30", "days_31_60", "days_61_90", "over_90")


async def found(database: Database, books: Books) -> dict[str, Figures]:
    """Ask the database for the same, all customers at once; those with nothing at all are left out."""
    async with database.engine.connect() as connection:
        rows = (await connection.execute(select(ageing(books)))).mappings().all()
        items = (await connection.execute(select(books.items))).mappings().all()
        in_hand = (await connection.execute(select(books.credits))).mappings().all()
    figures = {
        row["customer_id"]: Figures(
            row["currency"],
            _of(items, row["customer_id"], "invoice_id", "open"),
            _of(in_hand, row["customer_id"], "credit_id", "remaining"),
            row["unapplied"],
            [(row[age], row[f"{age}_items"]) for age in _AGES],
            (row["overdue_amount"], row["overdue_items"], row["overdue_days"]),
            row["longest_days"],
        )
        for row in rows
    }
    for row in rows:
        mine = figures[row["customer_id"]]
        assert sum(amount for amount, _ in mine.ages) == row["receivables"] == sum(mine.items.values())
        assert sum(count for _, count in mine.ages) == row["items"] == len(mine.items)
        assert sum(mine.credits.values()) == mine.unapplied
    return {customer: mine for customer, mine in figures.items() if mine.items or mine.credits}


def _of(rows: Any, customer_id: str, key: str, amount: str) -> dict[str, int]:
    return {row[key]: row[amount] for row in rows if row["customer_id"] == customer_id}


def trading(figures: dict[str, Figures]) -> dict[str, Figures]:
    """Leave out customers with nothing at all."""
    return {customer: mine for customer, mine in figures.items() if mine.items or mine.credits}
