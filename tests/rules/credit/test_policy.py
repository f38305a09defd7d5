"""The levels of a policy, each rule at its threshold, and what is refused in a document."""

import json
from datetime import timedelta
from typing import Any

import pytest

from contracts.events.policies import PolicyDocument
from services.credit.rules.checks import failing_rules
from services.credit.rules.policy import DELIVERED, Policy
from services.credit.rules.policy_check import problems_of
from services.credit.rules.state import Account, Thresholds
from tests.services.credit.events import DAY

NEW = ("overdue_share", "expired_review", "payment_behaviour", "term_change")


def document(**fields: Any) -> PolicyDocument:
    return PolicyDocument.model_validate_json(json.dumps({"company": {}} | fields))


def owing(**fields: Any) -> Account:
    """Somebody who owes 1000.00, 250.00 of it for 40 days, and pays 10 days late on average."""
    account = Account("C-1", "CNY", limit=None, term_days=30, invoiced=100_000, review_on=DAY)
    account.overdue_amount, account.overdue_items = 25_000, 2
    account.oldest_overdue = DAY - timedelta(days=40)
    account.overdue_index = [(account.oldest_overdue, "I-1"), (DAY - timedelta(days=1), "I-2")]
    account.settled_items, account.settled_days_late = 4, 40
    for name, value in fields.items():
        setattr(account, name, value)
    return account


def failing(policy: PolicyDocument, account: Account, **order: Any) -> dict[str, tuple[Any, Any]]:
    asked: dict[str, Any] = {
        "amount": 10_000,
        "growth": 10_000,
        "currency": "CNY",
        "on_account": True,
        "day": DAY,
    } | order
    reasons = failing_rules(account, policy=Policy(2, policy), **asked)
    return {reason.rule: (reason.value, reason.threshold) for reason in reasons}


CNY = {"currency": "CNY"}
AT_THRESHOLD: list[tuple[str, dict[str, Any], dict[str, Any], tuple[Any, Any]]] = [
    (
        "overdue_amount",
        {"amounts": [CNY | {"amount": "250"}]},
        {"amounts": [CNY | {"amount": "249.99"}]},
        (25_000, 24_999),
    ),
    (
        "overdue_amount",
        {"amounts": [CNY | {"amount": "200"}], "grace_percent": 25},
        {"amounts": [CNY | {"amount": "200"}], "grace_percent": 24},
        (25_000, 24_800),
    ),
    ("overdue_days", {"max_days": 40}, {"max_days": 39}, (40, 39)),
    ("overdue_days", {"max_days": 30, "grace_days": 10}, {"max_days": 30, "grace_days": 9}, (40, 39)),
    ("overdue_items", {"max_items": 2}, {"max_items": 1}, (2, 1)),
    (
        "overdue_share",
        {"active": True, "max_percent": 25},
        {"active": True, "max_percent": 24},
        (2_500, 2_400),
    ),
    (
        "single_order_maximum",
        {"amounts": [CNY | {"amount": "100"}]},
        {"amounts": [CNY | {"amount": "99"}], "grace_percent": 1},
        (10_000, 9_999),
    ),
    ("expired_review", {"active": True, "grace_days": 3}, {"active": True, "grace_days": 2}, (3, 2)),
    (
        "payment_behaviour",
        {"active": True, "max_average_days": 10, "min_invoices": 4},
        {"active": True, "max_average_days": 9, "min_invoices": 4},
        (1_000, 900),
    ),
    ("term_change", {"active": True, "grace_days": 15}, {"active": True, "grace_days": 14}, (45, 44)),
]


@pytest.mark.parametrize(
    ("rule", "passes", "fails", "evidence"), AT_THRESHOLD, ids=lambda value: str(value)[:40]
)
def test_a_rule_at_its_threshold_and_beyond(
    rule: str, passes: dict[str, Any], fails: dict[str, Any], evidence: tuple[Any, Any]
) -> None:
    account = owing(review_on=DAY - timedelta(days=3))
    assert failing(document(company={rule: passes}), account, term_days=45) == {}
    assert failing(document(company={rule: fails}), account, term_days=45) == {rule: evidence}
    assert failing(document(company={rule: fails | {"active": False}}), account, term_days=45) == {}


def test_the_delivered_policy_has_the_new_rules_switched_off() -> None:
    account = owing(settled_days_late=4_000, review_on=DAY - timedelta(days=400), overdue_amount=100_000)
    assert failing(DELIVERED, account, term_days=365) == {"overdue_days": (40, 30)}
    rules = Policy().rules_for(account)
    assert rules.off == set(NEW)


def test_each_rule_names_documents_where_there_are_some() -> None:
    policy = document(
        company={"overdue_items": {"max_items": 0}, "overdue_share": {"active": True, "max_percent": 1}}
    )
    reasons = failing_rules(
        owing(), amount=1, growth=1, currency="CNY", on_account=True, policy=Policy(2, policy), day=DAY
    )
    assert [reason.documents for reason in reasons] == [["I-1", "I-2"]] * 2


def test_the_most_specific_level_wins_field_by_field() -> None:
    policy = document(
        company={"overdue_days": {"max_days": 10, "grace_days": 5}, "overdue_items": {"max_items": 0}},
        risk_classes=[{"risk_class": "B", "rules": {"overdue_days": {"max_days": 20}}}],
        customers=[
            {
                "customer_id": "C-1",
                "rules": {"overdue_days": {"grace_days": 1}, "overdue_items": {"active": False}},
            }
        ],
    )
    assert failing(policy, owing(customer_id="C-2")) == {"overdue_days": (40, 15), "overdue_items": (2, 0)}
    assert failing(policy, owing(customer_id="C-2", risk_class="B"))["overdue_days"] == (40, 25)
    assert failing(policy, owing(risk_class="B")) == {"overdue_days": (40, 21)}
    assert failing(policy, owing(risk_class="A")) == {"overdue_days": (40, 11)}


def test_terms_of_the_customer_come_before_every_level_but_not_before_a_switch() -> None:
    terms = {"thresholds": Thresholds(max_days=1), "single_order_max": 5_000}
    policy = document(
        customers=[
            {
                "customer_id": "C-1",
                "rules": {"overdue_days": {"max_days": 90}, "overdue_items": {"max_items": 0}},
            }
        ]
    )
    assert failing(policy, owing(**terms)) == {
        "overdue_days": (40, 1),
        "single_order_maximum": (10_000, 5_000),
    }
    off = {name: {"active": False} for name in ("overdue_days", "single_order_maximum")}
    assert failing(document(company=off), owing(**terms)) == {}


def test_an_amount_is_for_accounts_of_its_currency() -> None:
    amounts = [{"currency": "JPY", "amount": "9999"}, {"currency": "CNY", "amount": "99.99"}]
    policy = document(company={"single_order_maximum": {"amounts": amounts}})
    assert failing(policy, owing()) == {"single_order_maximum": (10_000, 9_999)}
    assert failing(policy, owing(currency="JPY"), currency="JPY") == {"single_order_maximum": (10_000, 9_999)}
    assert failing(policy, owing(currency="USD"), currency="USD") == {}


def test_whom_a_rule_does_not_apply_to() -> None:
    policy = document(
        company={
            "manual_hold": {"exclude_customers": ["C-1"]},
            "blacklist": {"exclude_methods": ["cash"]},
            "limit": {"exclude_customers": ["C-1"]},
        },
        risk_classes=[{"risk_class": "D", "rules": {"manual_hold": {"exclude_customers": ["C-9"]}}}],
    )
    held = {"hold": "dispute", "limit": 0}
    assert failing(policy, owing(**held)) == {}
    assert set(failing(policy, owing(customer_id="C-2", **held))) == {"manual_hold", "limit"}
    # The more specific list replaces the other, as every field does.
    assert set(failing(policy, owing(risk_class="D", **held))) == {"manual_hold"}
    listed = owing(blacklist="fraud")
    assert set(failing(policy, listed, on_account=False, method="prepaid")) == {"blacklist"}
    assert failing(policy, listed, on_account=False, method="cash") == {}


def test_behaviour_counts_from_the_least_number_of_invoices_on() -> None:
    policy = document(
        company={"payment_behaviour": {"active": True, "max_average_days": 0, "min_invoices": 5}}
    )
    assert failing(policy, owing()) == {}
    assert failing(policy, owing(settled_items=5)) == {"payment_behaviour": (800, 0)}


WRONG: list[tuple[dict[str, Any], str, str]] = [
    (
        {"company": {"overdue_amount": {"amounts": [CNY | {"amount": "1.001"}]}}},
        "company.overdue_amount.amounts.0.amount",
        "2 decimals",
    ),
    (
        {"company": {"overdue_amount": {"amounts": [{"currency": "XXX", "amount": "1"}]}}},
        "company.overdue_amount.amounts.0.currency",
        "unknown currency",
    ),
    (
        {"company": {"single_order_maximum": {"amounts": [CNY | {"amount": "1"}] * 2}}},
        "company.single_order_maximum.amounts.1.currency",
        "twice",
    ),
    ({"company": {"limit": {"exclude_methods": ["cash"]}}}, "company.limit.exclude_methods", "pass anyway"),
    ({"company": {"limit": {"exclude_customers": ["A", "A"]}}}, "company.limit.exclude_customers.1", "twice"),
    ({"risk_classes": [{"risk_class": "A", "rules": {}}] * 2}, "risk_classes.1.risk_class", "twice"),
    ({"customers": [{"customer_id": "C", "rules": {}}] * 2}, "customers.1.customer_id", "twice"),
    (
        {"customers": [{"customer_id": "C", "rules": {"limit": {"exclude_customers": ["X"]}}}]},
        "customers.0.rules.limit.exclude_customers",
        "active: false",
    ),
]


@pytest.mark.parametrize(("fields", "path", "reason"), WRONG, ids=lambda value: str(value)[:50])
def test_what_contradicts_itself_is_named_with_its_path(
    fields: dict[str, Any], path: str, reason: str
) -> None:
    [(found, why)] = problems_of(document(**fields))
    assert found == path
    assert reason in why
