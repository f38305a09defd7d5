"""The checks an order must pass. All failing ones are reported, each with value, threshold and documents."""

from datetime import date

from services.credit.rules.entries import ReasonEntry
from services.credit.rules.policy import Policy
from services.credit.rules.state import Account, Thresholds

MAX_DOCUMENTS = 20
REJECTING_RULES = frozenset({"blacklist"})
"""Failing one of these rejects an order; failing any other holds it."""


def failing_rules(
    account: Account, *, amount: int, growth: int, currency: str, on_account: bool, policy: Policy, day: date
) -> list[ReasonEntry]:
    """Return every rule the order fails, in a fixed order.

    Args:
        amount: the whole order.
        growth: what approving it would add to the exposure as it stands.
        on_account: False for an order paid in advance or in cash: only a blacklisting stops it.
    """
    reasons: list[ReasonEntry] = []
    if account.blacklist is not None:
        reasons.append(ReasonEntry(rule="blacklist", value=account.blacklist))
    if on_account:
        if currency != account.currency:
            reasons.append(ReasonEntry(rule="currency", value=currency, threshold=account.currency))
        if account.hold is not None:
            reasons.append(ReasonEntry(rule="manual_hold", value=account.hold))
        _check_limit(reasons, account, growth, day)
        _check_single_order(reasons, account, amount, policy)
        if account.overdue_items:
            _check_overdue(reasons, account, account.thresholds or policy.thresholds, day)
    if policy.switched_off:
        return [reason for reason in reasons if reason.rule not in policy.switched_off]
    return reasons


def outcome_of(reasons: list[ReasonEntry]) -> str:
    """Return what failing ``reasons`` means for the order."""
    if not reasons:
        return "approved"
    return "rejected" if any(reason.rule in REJECTING_RULES for reason in reasons) else "held"


def _check_limit(reasons: list[ReasonEntry], account: Account, growth: int, day: date) -> None:
    limit = account.limit_on(day)
    after = account.exposure + growth
    if limit is not None and after > limit:
        reasons.append(ReasonEntry(rule="limit", value=after, threshold=limit))


def _check_single_order(reasons: list[ReasonEntry], account: Account, amount: int, policy: Policy) -> None:
    most = account.single_order_max if account.single_order_max is not None else policy.single_order_max
    if most is not None and amount > most:
        reasons.append(ReasonEntry(rule="single_order_maximum", value=amount, threshold=most))


def _check_overdue(reasons: list[ReasonEntry], account: Account, thresholds: Thresholds, day: date) -> None:
    oldest = account.oldest_overdue
    days = (day - oldest).days if oldest is not None else 0
    for rule, value, threshold in (
        ("overdue_amount", account.overdue_amount, thresholds.max_amount),
        ("overdue_days", days, thresholds.max_days),
        ("overdue_items", account.overdue_items, thresholds.max_items),
    ):
        if threshold is not None and value > threshold:
            documents = [invoice_id for _, invoice_id in account.overdue_index[:MAX_DOCUMENTS]]
            reasons.append(ReasonEntry(rule=rule, value=value, threshold=threshold, documents=documents))
