"""The checks an order must pass. All failing ones are reported, each with value, threshold and documents."""

from datetime import date

from services.credit.rules.entries import ReasonEntry
from services.credit.rules.policy import Policy, Rules
from services.credit.rules.state import Account, Thresholds

MAX_DOCUMENTS = 20
REJECTING_RULES = frozenset({"blacklist"})
"""Failing one of these rejects an order; failing any other holds it."""


def failing_rules(
    account: Account,
    *,
    amount: int,
    growth: int,
    currency: str,
    on_account: bool,
    policy: Policy,
    day: date,
    term_days: int | None = None,
    method: str | None = None,
) -> list[ReasonEntry]:
    """Return every rule the order fails, in a fixed order.

    Args:
        amount: the whole order.
        growth: what approving it would add to the exposure as it stands.
        on_account: False for an order paid in advance or in cash: only a blacklisting stops it.
        term_days: the term it asks for; None: the agreed one.
        method: how it is paid, where that is known more precisely than ``on_account`` says.
    """
    rules = policy.rules_for(account, method or ("account" if on_account else "prepaid"))
    reasons: list[ReasonEntry] = []
    if account.blacklist is not None and "blacklist" not in rules.off:
        reasons.append(ReasonEntry(rule="blacklist", value=account.blacklist))
    if on_account:
        if currency != account.currency:
            reasons.append(ReasonEntry(rule="currency", value=currency, threshold=account.currency))
        if account.hold is not None and "manual_hold" not in rules.off:
            reasons.append(ReasonEntry(rule="manual_hold", value=account.hold))
        if "limit" not in rules.off:
            _check_limit(reasons, account, growth, day)
        _above(reasons, "single_order_maximum", amount, single_order_max(account, rules))
        if account.overdue_items:
            _check_overdue(reasons, account, rules, day)
        _check_standing(reasons, account, rules, day)
        if term_days is not None and rules.term_grace is not None:
            _above(reasons, "term_change", term_days, account.term_days + rules.term_grace)
    return reasons


def outcome_of(reasons: list[ReasonEntry]) -> str:
    """Return what failing ``reasons`` means for the order."""
    if not reasons:
        return "approved"
    return "rejected" if any(reason.rule in REJECTING_RULES for reason in reasons) else "held"


def single_order_max(account: Account, rules: Rules) -> int | None:
    """Return the largest order allowed: the customer's own maximum or, if it has none, the policy's; None: any."""
    if "single_order_maximum" in rules.off or account.single_order_max is None:
        return rules.single_order_max
    return account.single_order_max


def overdue_thresholds(account: Account, rules: Rules) -> Thresholds:
    """Return how much may be overdue: as the customer's terms say or, if they do not, the policy."""
    own = account.thresholds
    if own is None:
        return Thresholds(rules.overdue_amount, rules.overdue_days, rules.overdue_items)
    off = rules.off
    return Thresholds(
        None if "overdue_amount" in off else own.max_amount,
        None if "overdue_days" in off else own.max_days,
        None if "overdue_items" in off else own.max_items,
    )


def _above(
    reasons: list[ReasonEntry],
    rule: str,
    value: int,
    threshold: int | None,
    documents: list[str] | None = None,
) -> None:
    if threshold is not None and value > threshold:
        reasons.append(ReasonEntry(rule=rule, value=value, threshold=threshold, documents=documents or []))


def _check_limit(reasons: list[ReasonEntry], account: Account, growth: int, day: date) -> None:
    limit = account.limit_on(day)
    after = account.exposure + growth
    if limit is not None and after > limit:
        reasons.append(ReasonEntry(rule="limit", value=after, threshold=limit))


def _check_overdue(reasons: list[ReasonEntry], account: Account, rules: Rules, day: date) -> None:
    oldest = account.oldest_overdue
    days = (day - oldest).days if oldest is not None else 0
    allowed = overdue_thresholds(account, rules)
    documents = [invoice_id for _, invoice_id in account.overdue_index[:MAX_DOCUMENTS]]
    _above(reasons, "overdue_amount", account.overdue_amount, allowed.max_amount, documents)
    _above(reasons, "overdue_days", days, allowed.max_days, documents)
    _above(reasons, "overdue_items", account.overdue_items, allowed.max_items, documents)
    if rules.overdue_share is not None:
        share = _rounded_up(account.overdue_amount * 10_000, account.invoiced)
        _above(reasons, "overdue_share", share, rules.overdue_share, documents)


def _check_standing(reasons: list[ReasonEntry], account: Account, rules: Rules, day: date) -> None:
    """Check what is known about the account itself: its review date, and how late it pays."""
    if rules.review_grace is not None and account.review_on is not None:
        _above(reasons, "expired_review", (day - account.review_on).days, rules.review_grace)
    if rules.average_days is not None and account.settled_items >= max(1, rules.min_invoices):
        average = _rounded_up(account.settled_days_late * 100, account.settled_items)
        _above(reasons, "payment_behaviour", average, rules.average_days)


def _rounded_up(numerator: int, denominator: int) -> int:
    # Upwards, so that whatever is above a whole threshold is seen to be above it.
    return -(-numerator // denominator)
