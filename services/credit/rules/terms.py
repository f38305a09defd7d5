"""What finance and the customer archive set: terms, temporary limits, holds, blacklisting, rulings on held orders."""

from collections.abc import Iterator

from contracts.errors import ContractError
from contracts.events.customers import CustomerBlacklisted, CustomerBlacklistLifted
from contracts.events.terms import (
    HoldLifted,
    HoldPlaced,
    OrderRejectionRuled,
    OrderReleaseRuled,
    RiskClassSet,
    TemporaryLimitGranted,
    TermsSet,
)
from contracts.money import minor_units
from services.credit.rules import entries as e
from services.credit.rules.context import Context
from services.credit.rules.decisions import decide_held_again, decision
from services.credit.rules.entries import AnyEntry, Flagged, ReasonEntry, TemporaryLimitSet, TermsChanged
from services.credit.rules.evolve_cases import MANUAL_RELEASE
from services.credit.rules.state import Account, Order


def _optional(amount: str | None, currency: str, field: str) -> int | None:
    return None if amount is None else minor_units(amount, currency, field)


def currency_may_change(account: Account, currency: str) -> bool:
    """Whether the account may be kept in a currency: in another one only while it has no balances."""
    return currency == account.currency or not (account.exposure or account.unapplied or account.held_orders)


def terms_set(account: Account, data: TermsSet, context: Context) -> Iterator[AnyEntry]:
    """Set the terms in full and decide held orders again.

    Raises:
        ContractError: when the currency would change under open balances.
    """
    if not currency_may_change(account, data.currency):
        raise ContractError(
            "data.currency",
            f"the account has balances in {account.currency}; it cannot change to {data.currency}",
        )
    overdue = data.overdue
    thresholds = (
        (
            _optional(overdue.max_amount, data.currency, "data.overdue.max_amount"),
            overdue.max_days,
            overdue.max_items,
        )
        if overdue is not None
        else None
    )
    yield TermsChanged(
        customer=account.customer_id,
        seq=account.seq + 1,
        event=context.event,
        at=context.at,
        day=context.day,
        currency=data.currency,
        term_days=data.term_days,
        limit=_optional(data.limit, data.currency, "data.limit"),
        grace_days=data.grace_days,
        single_order_max=_optional(data.single_order_max, data.currency, "data.single_order_max"),
        thresholds=thresholds,
        review_on=data.review_on,
        reason=data.reason,
        by=data.by,
        approved_by=data.approved_by,
    )
    yield from decide_held_again(account, context, "terms changed")


def temporary_limit_granted(
    account: Account, data: TemporaryLimitGranted, context: Context
) -> Iterator[AnyEntry]:
    """Set a limit for a time; it ends by the clock event."""
    if data.until_day < data.from_day:
        raise ContractError("data.until_day", "is before from_day")
    if data.currency != account.currency:
        raise ContractError(
            "data.currency", f"the account is kept in {account.currency}, not {data.currency}"
        )
    yield TemporaryLimitSet(
        customer=account.customer_id,
        seq=account.seq + 1,
        event=context.event,
        at=context.at,
        day=context.day,
        limit=_optional(data.limit, data.currency, "data.limit"),
        from_day=data.from_day,
        until_day=data.until_day,
        reason=data.reason,
        by=data.by,
        approved_by=data.approved_by,
    )
    yield from decide_held_again(account, context, "temporary limit")


def risk_class_set(account: Account, data: RiskClassSet, context: Context) -> Iterator[AnyEntry]:
    """Set the risk class and decide held orders again: another level of the policy may apply."""
    yield e.RiskClassSet(
        customer=account.customer_id,
        seq=account.seq + 1,
        event=context.event,
        at=context.at,
        day=context.day,
        risk_class=data.risk_class,
        reason=data.reason,
        by=data.by,
    )
    yield from decide_held_again(account, context, "risk class set")


def _flag(
    account: Account,
    context: Context,
    flag: str,
    reason: str | None,
    comment: str = "",
    by: str | None = None,
) -> Flagged:
    return Flagged(
        customer=account.customer_id,
        seq=account.seq + 1,
        event=context.event,
        at=context.at,
        day=context.day,
        flag=flag,
        reason=reason,
        comment=comment,
        by=by,
    )


def hold_placed(account: Account, data: HoldPlaced, context: Context) -> Iterator[AnyEntry]:
    """Hold every new order on account."""
    yield _flag(account, context, "hold", data.reason, by=data.by)


def hold_lifted(account: Account, data: HoldLifted, context: Context) -> Iterator[AnyEntry]:
    """End the manual hold and decide held orders again."""
    yield _flag(account, context, "hold", None, data.reason, data.by)
    yield from decide_held_again(account, context, "hold lifted")


def blacklisted(account: Account, data: CustomerBlacklisted, context: Context) -> Iterator[AnyEntry]:
    """Reject every new order until the blacklisting is lifted."""
    yield _flag(account, context, "blacklist", data.reason)


def blacklist_lifted(account: Account, data: CustomerBlacklistLifted, context: Context) -> Iterator[AnyEntry]:
    """End the blacklisting and decide held orders again."""
    yield _flag(account, context, "blacklist", None, data.reason)
    yield from decide_held_again(account, context, "blacklisting lifted")


def _held(account: Account, order_id: str) -> Order:
    order = account.orders.get(order_id)
    if order is None or not order.version:
        raise ContractError(
            "data.order_id", f"order {order_id!r} of customer {account.customer_id!r} is not known"
        )
    if order.status != "held":
        raise ContractError("data.order_id", f"order {order_id!r} is {order.status}, not held")
    return order


def release_ruled(account: Account, data: OrderReleaseRuled, context: Context) -> Iterator[AnyEntry]:
    """Release a held order by a person's word.

    Raises:
        ContractError: when the order is not held, is in another currency, or its customer is blacklisted.
    """
    order = releasable(account, data.order_id)
    yield decision(
        account,
        order,
        context,
        outcome="approved",
        reasons=[],
        trigger=MANUAL_RELEASE,
        by=data.by,
        comment=data.reason,
        approved_by=data.approved_by,
    )


def releasable(account: Account, order_id: str) -> Order:
    """Return a held order that a person may release.

    Raises:
        ContractError: when the order is not held, is in another currency, or its customer is blacklisted.
    """
    order = _held(account, order_id)
    if account.blacklist is not None:
        raise ContractError("data.order_id", "the customer is blacklisted; lift the blacklisting first")
    if order.counts and order.currency != account.currency and not order.factor:
        raise ContractError(
            "data.order_id",
            f"the order is in {order.currency}, the account in {account.currency}, and it has no exchange_rate",
        )
    return order


def rejection_ruled(account: Account, data: OrderRejectionRuled, context: Context) -> Iterator[AnyEntry]:
    """Reject a held order by a person's word.

    Raises:
        ContractError: when the order is not held.
    """
    order = _held(account, data.order_id)
    reasons = [ReasonEntry(rule="manual_rejection", value=data.reason)]
    yield decision(
        account,
        order,
        context,
        outcome="rejected",
        reasons=reasons,
        trigger="manual rejection",
        by=data.by,
        comment=data.reason,
    )
