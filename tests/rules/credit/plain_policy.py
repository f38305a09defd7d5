"""A policy read as plainly as possible: JSON in, the failing rules with value and threshold out."""

from datetime import date
from fractions import Fraction
from math import ceil
from typing import Any

from services.credit.rules.state import Account

NEEDS_A_SWITCH = {"overdue_share", "expired_review", "payment_behaviour", "term_change"}
Found = dict[str, tuple[Any, Any]]


def said(policy: dict[str, Any], account: Account, rule: str, field: str) -> Any:
    """What the most specific level says about a field of a rule."""
    levels = [
        level["rules"] for level in policy.get("customers", []) if level["customer_id"] == account.customer_id
    ]
    levels += [
        level["rules"]
        for level in policy.get("risk_classes", [])
        if level["risk_class"] == account.risk_class
    ]
    for level in [*levels, policy["company"]]:
        value = level.get(rule, {}).get(field)
        if value not in (None, []):
            return value
    return None


def plain_failing(
    policy: dict[str, Any],
    account: Account | Any,
    amount: int,
    method: str,
    term_days: int | None,
    day: date,
    growth: int | None = None,
) -> Found:
    """The failing rules of an order over ``amount`` in the account's currency."""
    values = _values(account, amount, term_days, day, method)
    if growth is not None and "limit" in values:
        values["limit"] = account.exposure + growth
    thresholds = _thresholds(policy, account, day)
    found: Found = {}
    for rule, value in values.items():
        active = said(policy, account, rule, "active")
        if active is False or (active is None and rule in NEEDS_A_SWITCH):
            continue
        if account.customer_id in (said(policy, account, rule, "exclude_customers") or []):
            continue
        if method in (said(policy, account, rule, "exclude_methods") or []):
            continue
        if rule in ("manual_hold", "blacklist"):
            found[rule] = (value, None)
        elif thresholds[rule] is not None and value > thresholds[rule]:
            found[rule] = (value, thresholds[rule])
    return found


def _values(account: Account, amount: int, term_days: int | None, day: date, method: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if account.blacklist is not None:
        values["blacklist"] = account.blacklist
    if method != "account":
        return values
    if account.hold is not None:
        values["manual_hold"] = account.hold
    values["limit"] = account.exposure + amount
    values["single_order_maximum"] = amount
    if account.overdue_items:
        assert account.oldest_overdue is not None
        values["overdue_amount"] = account.overdue_amount
        values["overdue_days"] = (day - account.oldest_overdue).days
        values["overdue_items"] = account.overdue_items
        values["overdue_share"] = ceil(Fraction(account.overdue_amount, account.invoiced) * 10_000)
    if account.review_on is not None:
        values["expired_review"] = (day - account.review_on).days
    if account.settled_items:
        values["payment_behaviour"] = ceil(Fraction(account.settled_days_late, account.settled_items) * 100)
    if term_days is not None:
        values["term_change"] = term_days
    return values


def _thresholds(policy: dict[str, Any], account: Account, day: date) -> dict[str, int | None]:
    def of(rule: str, field: str) -> Any:
        return said(policy, account, rule, field)

    def amount(rule: str) -> int | None:
        given = of(rule, "amounts")
        percent = 100 + (of(rule, "grace_percent") or 0)
        return None if given is None else int(given[0]["amount"].replace(".", "")) * percent // 100

    def plus(value: int | None, more: int | None) -> int | None:
        return None if value is None else value + (more or 0)

    def times_100(value: int | None) -> int | None:
        return None if value is None else value * 100

    own = account.thresholds
    days = plus(of("overdue_days", "max_days"), of("overdue_days", "grace_days"))
    overdue: tuple[Any, Any, Any] = (
        (amount("overdue_amount"), days, of("overdue_items", "max_items"))
        if own is None
        else (own.max_amount, own.max_days, own.max_items)
    )
    enough = account.settled_items >= (of("payment_behaviour", "min_invoices") or 0)
    return {
        "limit": account.limit_on(day),
        "single_order_maximum": amount("single_order_maximum")
        if account.single_order_max is None
        else account.single_order_max,
        "overdue_amount": overdue[0],
        "overdue_days": overdue[1],
        "overdue_items": overdue[2],
        "overdue_share": times_100(of("overdue_share", "max_percent")),
        "expired_review": of("expired_review", "grace_days") or 0,
        "payment_behaviour": times_100(of("payment_behaviour", "max_average_days")) if enough else None,
        "term_change": account.term_days + (of("term_change", "grace_days") or 0),
    }
