"""The decision on an order: the one in force with its evidence, and every version before it."""

from datetime import date, datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.credit.api.common import UNKNOWN, Known, OrderId, money
from services.credit.api.decision_answers import DecisionOut, decision_out
from services.credit.api.scopes import OF_ORDER
from services.credit.queries import documents
from services.credit.rules.entries import Decided, decode_entry
from services.credit.rules.worth import rate_of
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.problems import Problem

router = APIRouter(tags=["decisions"])


class OrderStateOut(BaseModel):
    """What became of the order since. Amounts in its own currency."""

    status: Literal["approved", "held", "rejected", "cancelled", "invoiced"]
    amount: str
    open: str = Field(description="neither shipped nor invoiced")
    shipped: str = Field(description="shipped, not invoiced")
    invoiced: str
    currency: str
    exchange_rate: str | None = Field(description="by which its rest counts; null: none is needed, or known")
    placed_at: datetime
    promised_on: date | None
    revision: int


class DecisionsOut(BaseModel):
    """The decision on an order and how it came to be."""

    order_id: str
    customer_id: str
    order: OrderStateOut
    effective: DecisionOut = Field(description="the version in force")
    versions: list[DecisionOut] = Field(description="every version, oldest first; the last one is in force")


@router.get(
    "/decisions/{order_id:path}",
    responses=UNKNOWN,
    summary="Show the decision on an order",
    dependencies=[OF_ORDER],
)
async def read_decision(order_id: OrderId, runtime: LiveRuntime, principal: Known) -> DecisionsOut:
    """Show the decision on an order with its evidence: every failing rule with value, threshold and documents, the
    policy version, exposure and limit, what triggered it and who gave it.

    A decision is never changed: an amendment, a release or a rejection makes a new version, and `versions` has them
    all. An order that was cancelled or invoiced keeps the decision it had.
    """
    async with runtime.database.engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ")
        row = await documents.read_order(connection, order_id)
        if row is None:
            raise _undecided(order_id, "is not known")
        bodies = await documents.read_chain(connection, row.customer_id, row.decision_seq)
    chain = [entry for entry in map(decode_entry, reversed(bodies)) if isinstance(entry, Decided)]
    if not chain:
        raise _undecided(order_id, "is only announced: something about it came, but not the order itself")
    currency = row.account_currency
    outcomes = ["", *(entry.outcome for entry in chain)]
    versions = [
        decision_out(entry, currency, released=(before, entry.outcome) == ("held", "approved"))
        for before, entry in zip(outcomes, chain, strict=False)
    ]
    return DecisionsOut(
        order_id=order_id,
        customer_id=row.customer_id,
        order=OrderStateOut(
            status=row.status,
            amount=money(row.amount, row.currency),
            open=money(row.open, row.currency),
            shipped=money(row.shipped, row.currency),
            invoiced=money(row.invoiced, row.currency),
            currency=row.currency,
            exchange_rate=rate_of(row.factor, row.currency, currency),
            placed_at=datetime.fromisoformat(row.placed_at),
            promised_on=row.promised_on,
            revision=row.revision,
        ),
        effective=versions[-1],
        versions=versions,
    )


def _undecided(order_id: str, why: str) -> Problem:
    return Problem(404, f"order {order_id!r} {why}", errors=[("path.order_id", why)])
