"""A dry run under the rule of the overdue share: what it proposes to pay does let the order pass."""

import copy
import json
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from contracts.events.policies import PolicyDocument
from services.credit.rules.dry_run import DryRun, dry_run
from services.credit.rules.evolve import index_items
from services.credit.rules.policy import Policy
from services.credit.rules.state import Account, Item
from tests.services.credit.events import DAY


def account(items: list[tuple[int, bool]], limit: int | None) -> Account:
    made = Account("C-1", "CNY", limit=limit)
    for number, (amount, overdue) in enumerate(items):
        due = DAY - timedelta(days=2) if overdue else DAY + timedelta(days=9)
        made.items[f"I-{number}"] = Item(f"I-{number}", None, amount, amount, DAY, due, overdue)
    return counted(made)


def counted(made: Account) -> Account:
    late = [item for item in made.items.values() if item.overdue]
    made.invoiced = sum(item.open for item in made.items.values())
    made.overdue_amount, made.overdue_items = sum(item.open for item in late), len(late)
    made.oldest_overdue = min((item.due_on for item in late), default=None)
    index_items(made)
    return made


def ask(made: Account, percent: int) -> DryRun:
    rules = {"overdue_days": {"max_days": 30}, "overdue_share": {"active": True, "max_percent": percent}}
    policy = Policy(2, PolicyDocument.model_validate_json(json.dumps({"company": rules})))
    return dry_run(made, amount=50, currency="CNY", on_account=True, policy=policy, day=DAY)


@given(
    st.lists(st.tuples(st.integers(1, 100), st.booleans()), max_size=7),
    st.sampled_from([None, 100, 250]),
    st.sampled_from([0, 10, 40, 100]),
)
def test_paying_what_it_says_lets_the_order_pass(
    items: list[tuple[int, bool]], limit: int | None, percent: int
) -> None:
    made = account(items, limit)
    to_pay = ask(made, percent).to_pay
    assert to_pay is not None, "without open invoices there is room for it, and paying all of them makes room"
    paid = copy.deepcopy(made)
    for invoice in to_pay.invoices:
        del paid.items[invoice.invoice_id]
    assert ask(counted(paid), percent).reasons == []
