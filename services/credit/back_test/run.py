"""Running a candidate over the stored journal: one snapshot, no locks, one customer in memory at a time."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import date

from services.credit.rules.back_test import Flip, Outcome, Trial
from services.credit.rules.entries import decode_entry
from services.credit.rules.policy import Policy
from services.credit.rules.state import Account
from services.kit.database import Connection

BLOCK = 5_000
"""Rows read at once, and the distance between two reports of progress."""

Progress = Callable[[int, int], None]
"""Told how many journal entries of how many are done."""

_JOURNAL = """SELECT j.customer_id, a.currency, j.body FROM journal j JOIN accounts a USING (customer_id)
              ORDER BY j.customer_id, j.seq"""


@dataclass(slots=True)
class CustomerResult:
    """What came of one customer: figures per currency, and every flip."""

    customer_id: str
    outcomes: dict[str, Outcome]
    flips: list[Flip]


@dataclass(slots=True)
class Totals:
    """Figures per currency over all customers, and how much was read."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    customers: int = 0
    entries: int = 0

    def add(self, result: CustomerResult) -> None:
        """Add one customer's figures."""
        self.customers += 1
        for currency, outcome in result.outcomes.items():
            self.outcomes.setdefault(currency, Outcome()).add(outcome)


async def run(
    connection: Connection,
    candidate: Policy,
    from_day: date,
    to_day: date,
    totals: Totals,
    progress: Progress = lambda done, total: None,
) -> AsyncIterator[CustomerResult]:
    """Yield each customer with a decision in the period; ``totals`` is brought up to date with them.

    Args:
        connection: in a transaction that sees one snapshot.
        from_day, to_day: business days, both included. The journal is folded from its beginning and to its end all
            the same: what an account owed comes from before, what fell overdue may come after.
    """
    total = await connection.fetchval("SELECT coalesce(sum(seq), 0)::bigint FROM accounts")
    cursor = await connection.cursor(_JOURNAL)
    customer, trial = "", Trial(Account("", ""), candidate)
    while rows := await cursor.fetch(BLOCK):
        for customer_id, currency, body in rows:
            if customer_id != customer:
                if trial.outcomes:
                    yield _result(trial, totals)
                customer, trial = (
                    customer_id,
                    Trial(Account(customer_id, currency), candidate, from_day, to_day),
                )
            trial.take(decode_entry(body))
        totals.entries += len(rows)
        progress(totals.entries, total)
    if trial.outcomes:
        yield _result(trial, totals)


def _result(trial: Trial, totals: Totals) -> CustomerResult:
    result = CustomerResult(trial.account.customer_id, trial.outcomes, trial.flips)
    totals.add(result)
    return result
