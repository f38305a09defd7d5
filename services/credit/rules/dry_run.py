"""What would become of an order, asked before it is placed: a till's question. Nothing is changed.

Besides the failing rules the answer has the largest amount that would pass as things stand, and the smallest set of
invoices the customer could pay in full so that this order passes: the fewest invoices, and of those choices the one
with the least money. A payment has held orders decided again first, so what those would use up is reckoned with.
"""

from dataclasses import dataclass, replace
from datetime import date

from services.credit.rules.checks import failing_rules, overdue_thresholds, single_order_max
from services.credit.rules.decisions import held_queue
from services.credit.rules.entries import ReasonEntry
from services.credit.rules.policy import Policy, Rules
from services.credit.rules.state import Account, Item, Order
from services.credit.rules.to_pay import Needs, Room, ToPay, fewest_to_pay

PAYABLE_RULES = frozenset({"limit", "overdue_amount", "overdue_days", "overdue_items", "overdue_share"})
"""The rules that a payment can help with. How late the customer pays on average is taken as it stands."""


@dataclass(frozen=True, slots=True)
class DryRun:
    """The answer.

    Attributes:
        exposure: after the order.
        limit: in force on the day; None: unlimited.
        largest: the largest amount that would pass; None: any, 0: none.
        to_pay: what to pay so that the order passes: nothing if it passes already, None if no payment of invoices
            would do.
    """

    reasons: list[ReasonEntry]
    exposure: int
    limit: int | None
    largest: int | None
    to_pay: ToPay | None


def dry_run(
    account: Account, *, amount: int, currency: str, on_account: bool, policy: Policy, day: date
) -> DryRun:
    """Return what would become of an order over ``amount`` placed now.

    An order in another currency comes converted, with the account's ``currency``, if it carries a rate.
    ``account`` must have all its open items and held orders.
    """
    asked = _Asked(account, currency, on_account, policy, day)
    reasons = asked.failing(amount)
    return DryRun(
        reasons,
        account.exposure + (amount if on_account else 0),
        account.limit_on(day),
        _largest(asked),
        _to_pay(asked, amount, reasons),
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    account: Account
    currency: str
    on_account: bool
    policy: Policy
    day: date

    def failing(self, amount: int) -> list[ReasonEntry]:
        return failing_rules(
            self.account,
            amount=amount,
            growth=amount if self.on_account else 0,
            currency=self.currency,
            on_account=self.on_account,
            policy=self.policy,
            day=self.day,
        )

    def applies(self, rule: str) -> bool:
        return rule not in self.rules.off

    @property
    def rules(self) -> Rules:
        return self.policy.rules_for(self.account)

    def releasable(self, order: Order) -> bool:
        """Whether a held order waits for nothing that a payment could not bring."""
        reasons = failing_rules(
            self.account,
            amount=order.amount_worth,
            growth=0,
            currency=self.account.currency if order.factor else order.currency,
            on_account=order.counts,
            policy=self.policy,
            day=self.day,
            term_days=order.term_days,
            method=order.method,
        )
        return order.counts and all(reason.rule in PAYABLE_RULES for reason in reasons)


def _largest(asked: _Asked) -> int | None:
    if asked.failing(0):
        return 0
    if not asked.on_account:
        return None
    account, caps = asked.account, []
    limit = account.limit_on(asked.day)
    if limit is not None and asked.applies("limit"):
        caps.append(limit - account.exposure)
    single = single_order_max(account, asked.rules)
    if single is not None:
        caps.append(single)
    return min(caps, default=None)


def _to_pay(asked: _Asked, amount: int, reasons: list[ReasonEntry]) -> ToPay | None:
    if not reasons:
        return ToPay([], 0, proven=True)
    if any(reason.rule not in PAYABLE_RULES for reason in reasons):
        return None
    needs, room = _needs(asked), _room(asked, amount)
    found = fewest_to_pay(asked.account, needs, room)
    if found is None or _share_passes(asked, found):
        return found
    # What is paid changes both what is overdue and what it is a share of. Without anything overdue it is 0.
    overdue = [item for item in asked.account.items.values() if item.overdue and item.open > 0]
    found = fewest_to_pay(asked.account, Needs(overdue, 0, 0), room)
    return None if found is None else replace(found, proven=False)


def _share_passes(asked: _Asked, to_pay: ToPay) -> bool:
    """Whether the overdue share is allowed once ``to_pay`` is paid."""
    most = asked.rules.overdue_share
    overdue = asked.account.overdue_amount - sum(item.open for item in to_pay.invoices if item.overdue)
    return most is None or overdue * 10_000 <= most * (asked.account.invoiced - to_pay.amount)


def _needs(asked: _Asked) -> Needs:
    account = asked.account
    allowed = overdue_thresholds(account, asked.rules)
    forced: list[Item] = []
    count = amount = 0
    if allowed.max_days is not None:
        overdue = (item for item in account.items.values() if item.overdue and item.open > 0)
        forced = [item for item in overdue if (asked.day - item.due_on).days > allowed.max_days]
    if allowed.max_items is not None:
        count = account.overdue_items - allowed.max_items
    if allowed.max_amount is not None:
        amount = account.overdue_amount - allowed.max_amount
    return Needs(forced, max(0, count), max(0, amount))


def _room(asked: _Asked, amount: int) -> Room:
    limit = asked.account.limit_on(asked.day)
    if limit is None or not asked.applies("limit"):
        return Room(None, amount, [])
    held = held_queue(asked.account, asked.policy.release_order)
    queue = [order.remaining_worth for order in held if asked.releasable(order)]
    return Room(limit - asked.account.exposure, amount, queue)
