"""When one person is not enough, and asking for a second one."""

from datetime import date, datetime
from typing import Any

from contracts.errors import ContractError
from contracts.events.credit import ApprovalKind
from services.credit.api.approval_answers import ApprovalOut, approval_out
from services.credit.api.common import money_or_none
from services.credit.commands import Refusal, person
from services.credit.rules.state import Account, Order
from services.credit.rules.terms import releasable
from services.credit.store import approvals as store
from services.credit.store.ceilings import Ceiling
from services.kit.database import UnitOfWork
from services.kit.http.auth import Principal
from services.kit.http.problems import Problem

ASKED: dict[int | str, dict[str, Any]] = {
    202: {
        "model": ApprovalOut,
        "description": "It is above your ceiling: a second person was asked to approve it",
    }
}


class NeedsSecondError(Exception):
    """One person may not grant this alone.

    Attributes:
        order: to be released, None: it is about a limit.
    """

    def __init__(self, order: Order | None = None) -> None:
        super().__init__()
        self.order = order


class TermsNeedSecondError(Exception):
    """One person may not set these terms of ``account`` alone."""

    def __init__(self, account: Account) -> None:
        super().__init__()
        self.account = account


def amount_granted(
    account: Account, kind: ApprovalKind, order_id: str | None, limit: int | None, currency: str
) -> int | None:
    """Return what somebody grants: the whole order, or by how much a limit raises the ordinary one (None: no end).

    Terms in another currency than the account's raise a limit of nothing.
    """
    if kind == "release":
        assert order_id is not None
        return account.orders[order_id].amount_worth if order_id in account.orders else 0
    ordinary = account.limit if kind == "temporary_limit" or currency == account.currency else 0
    if ordinary is None:
        return 0
    return None if limit is None else max(0, limit - ordinary)


def check_release(account: Account, order_id: str, ceiling: Ceiling) -> None:
    """Check that one person may release an order alone.

    Raises:
        Refusal: nobody may release it.
        NeedsSecondError: it is above the ceiling.
    """
    try:
        order = releasable(account, order_id)
    except ContractError as error:
        raise Refusal(error, ("order_id",)) from error
    if not ceiling.covers(order.amount_worth):
        raise NeedsSecondError(order)


async def ask(
    unit: UnitOfWork,
    principal: Principal,
    kind: ApprovalKind,
    customer_id: str,
    *,
    order: Order | None = None,
    currency: str,
    amount: int | None,
    request: dict[str, Any] | None = None,
    reason: str,
    at: datetime,
    until_day: date | None = None,
) -> ApprovalOut:
    """Ask a second person, once: the customer's account is locked.

    Raises:
        Problem: 409 when somebody asked already.
    """
    order_id = order.order_id if order is not None else None
    waiting = await store.open_request(unit.connection, kind, customer_id, order_id)
    if waiting is not None:
        field = "path.customer_id" if order_id is None else "path.order_id"
        reason = (
            f"waits for a second person since {waiting['requested_by']!r} asked at {waiting['requested_at']}"
        )
        shown = money_or_none(waiting["amount"], waiting["currency"]) or "unlimited"
        raise Problem(
            409,
            f"{order_id or 'a limit of ' + shown} {reason}: request {waiting['approval_id']}",
            errors=[(field, reason)],
        )
    row = await store.write_request(
        unit,
        principal,
        kind,
        customer_id,
        order_id=order_id,
        currency=currency,
        amount=amount,
        request=request or {},
        reason=reason,
        by=person(principal),
        at=at,
        until_day=until_day,
        due_on=order.case.due_on if order is not None and order.case is not None else None,
    )
    return approval_out(row)
