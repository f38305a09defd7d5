"""Policies made at random, read by the rules and by a plain reading of the same JSON."""

import json
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from contracts.events.policies import PolicyDocument
from services.credit.rules.policy import RULES, document_text
from services.credit.rules.state import Account, Thresholds
from tests.rules.credit.plain_policy import plain_failing
from tests.rules.credit.test_policy import CNY, failing
from tests.services.credit.events import DAY

_RULE = {
    "active": st.sampled_from([None, None, True, False]),
    "exclude_customers": st.sampled_from([[], [], ["C-1"], ["C-2"]]),
    "exclude_methods": st.sampled_from([[], [], [], ["account"], ["cash"]]),
}
_FIELDS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "overdue_amount": {
        "amounts": st.sampled_from([[], [CNY | {"amount": "1.00"}]]),
        "grace_percent": st.sampled_from([None, 0, 100]),
    },
    "overdue_days": {"max_days": st.sampled_from([None, 0, 3]), "grace_days": st.sampled_from([None, 0, 2])},
    "overdue_items": {"max_items": st.sampled_from([None, 0, 1])},
    "overdue_share": {"max_percent": st.sampled_from([None, 0, 33, 100])},
    "single_order_maximum": {"amounts": st.sampled_from([[], [CNY | {"amount": "2.00"}]])},
    "expired_review": {"grace_days": st.sampled_from([None, 0, 3])},
    "payment_behaviour": {
        "max_average_days": st.sampled_from([None, 0, 2]),
        "min_invoices": st.sampled_from([None, 0, 2]),
    },
    "term_change": {"grace_days": st.sampled_from([None, 0, 15])},
}
_LEVEL = st.fixed_dictionaries(
    {}, optional={name: st.fixed_dictionaries(_RULE | _FIELDS.get(name, {})) for name in RULES}
)
_POLICY = st.fixed_dictionaries(
    {
        "company": _LEVEL,
        "risk_classes": st.lists(
            st.fixed_dictionaries({"risk_class": st.just("B"), "rules": _LEVEL}), max_size=1
        ),
        "customers": st.lists(
            st.fixed_dictionaries({"customer_id": st.just("C-1"), "rules": _LEVEL}), max_size=1
        ),
    }
)


@st.composite
def _account(draw: st.DrawFn) -> Account:
    open_ = draw(st.lists(st.tuples(st.integers(1, 300), st.integers(0, 6)), max_size=4))
    account = Account(draw(st.sampled_from(["C-1", "C-2"])), "CNY", term_days=30)
    account.limit = draw(st.sampled_from([None, 0, 500, 5_000]))
    account.risk_class = draw(st.sampled_from([None, "B", "A"]))
    account.hold = draw(st.sampled_from([None, None, "held"]))
    account.blacklist = draw(st.sampled_from([None, None, "listed"]))
    account.single_order_max = draw(st.sampled_from([None, 150]))
    account.thresholds = draw(st.sampled_from([None, Thresholds(None, 1, None), Thresholds(50, None, 0)]))
    account.review_on = draw(st.sampled_from([None, DAY, DAY - timedelta(days=3), DAY - timedelta(days=4)]))
    account.invoiced = sum(amount for amount, _ in open_)
    late = [(amount, days) for amount, days in open_ if days]
    account.overdue_amount, account.overdue_items = sum(amount for amount, _ in late), len(late)
    account.oldest_overdue = DAY - timedelta(days=max(days for _, days in late)) if late else None
    account.settled_items, account.settled_days_late = draw(st.sampled_from([(0, 0), (1, 2), (2, 5), (3, 6)]))
    return account


@given(
    _POLICY,
    _account(),
    st.integers(1, 400),
    st.sampled_from(["account", "prepaid", "cash"]),
    st.sampled_from([None, 30, 44, 46]),
)
def test_failing_rules_are_those_of_a_plain_reading(
    policy: dict[str, Any], account: Account, amount: int, method: str, term_days: int | None
) -> None:
    parsed = PolicyDocument.model_validate_json(json.dumps(policy))
    again = PolicyDocument.model_validate_json(document_text(parsed))
    assert again == parsed
    found = failing(
        again,
        account,
        amount=amount,
        growth=amount,
        on_account=method == "account",
        method=method,
        term_days=term_days,
    )
    assert found == plain_failing(policy, account, amount, method, term_days, DAY)
