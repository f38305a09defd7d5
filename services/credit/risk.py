"""A customer's standing: its risk score and what a call would bring in, kept next to the books, not in them.

It is made from the tables whenever it is asked for, and in the background when the customer's journal has grown, a day
has begun, or the policy or the population has changed.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from services.credit.rules.calls import Call, OpenInvoice, call_of
from services.credit.rules.habits import DEFAULT, Habit, Population, habit_of
from services.credit.rules.risk import Facts, Score, score_of
from services.credit.rules.risk_policy import RiskPolicy, decode_policy
from services.credit.store import risk as store
from services.credit.store.rows import account_of
from services.kit.database import Connection

HUNDREDTHS = 100


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored of a customer's risk: the score with its factors, the habit, and the call."""

    customer_id: str
    currency: str
    day: date
    seq: int
    policy_version: int
    population_version: int
    exposure: int
    score: Score
    habit: Habit
    call: Call


def decode_standing(body: str) -> Standing:
    """Read a stored standing."""
    return msgspec.json.decode(body, type=Standing)


async def read_population(connection: Connection) -> Population:
    """Return the population in force."""
    found = await store.read_population(connection)
    return msgspec.json.decode(found[1], type=Population) if found is not None else DEFAULT


async def refresh(
    connection: Connection, customers: Sequence[str], today: date, *, wait: bool = True
) -> dict[str, Standing]:
    """Make the standings of customers anew, inside the caller's transaction. Customers without an account have none.

    Args:
        today: for customers whose partition has reached no business day yet.
        wait: False leaves out customers that somebody else is just making.
    """
    locked = await store.lock_standings(connection, customers, wait=wait)
    if not locked:
        return {}
    reached = await store.catch_up(connection, locked)
    population = await read_population(connection)
    made: dict[str, Standing] = {}
    policies: dict[int, RiskPolicy] = {}
    for row in await store.read_facts(connection, locked, today):
        version = row["policy_version"]
        if version not in policies:
            policies[version] = decode_policy(row["policy_body"])
        customer = row["customer_id"]
        made[customer] = _standing(row, reached[customer], policies[version], population)
    if made:
        await store.write_standings(connection, [_columns(standing) for standing in made.values()])
    return made


def _standing(row: Any, seq: int, policy: RiskPolicy, population: Population) -> Standing:
    day = row["reached"]
    habit = habit_of(row["late"], population)
    facts = facts_of(row, policy)
    call = call_of((OpenInvoice(*invoice) for invoice in row["invoices"]), habit, population, policy, day)
    return Standing(
        customer_id=row["customer_id"],
        currency=facts.currency,
        day=day,
        seq=seq,
        policy_version=row["policy_version"],
        population_version=population.version,
        exposure=facts.exposure,
        score=score_of(facts, policy),
        habit=habit,
        call=call,
    )


def facts_of(row: Any, policy: RiskPolicy) -> Facts:
    """Return what a score is made of from what the store reads."""
    account, day = account_of(row), row["reached"]
    traded, first = row["traded"], row["first_issued"]
    entered = msgspec.json.decode(row["entered"]) if row["entered"] is not None else {}
    return Facts(
        currency=account.currency,
        exposure=account.exposure,
        limit=account.limit_on(day),
        sales_count=row["sales_count"],
        sales_amount=row["sales_amount"],
        trading_days=min(policy.window_days, (day - first).days + 1) if first is not None else 0,
        balance=account.invoiced - account.unapplied,
        overdue_amount=account.overdue_amount,
        overdue_days=(day - account.oldest_overdue).days if account.oldest_overdue is not None else 0,
        overdue_items=account.overdue_items,
        due_amount=row["due_amount"],
        collected_amount=row["collected_amount"],
        days_without_trade=max(0, (day - traded).days) if traded is not None else None,
        entered={name: Decimal(value) for name, value in entered.items()},
    )


def _columns(standing: Standing) -> tuple[Any, ...]:
    return (
        standing.customer_id,
        standing.seq,
        standing.day,
        standing.currency,
        standing.policy_version,
        standing.population_version,
        int(standing.score.score * HUNDREDTHS),
        standing.score.risk_class,
        standing.exposure,
        standing.call.amount,
        standing.call.value,
        standing.call.oldest_days,
        msgspec.json.encode(standing).decode(),
    )
