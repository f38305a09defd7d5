"""Deciding on an order, and deciding again on the held ones when something changed in the customer's favour."""

from collections.abc import Iterator
from datetime import date

from services.credit.rules.checks import failing_rules, outcome_of
from services.credit.rules.context import Context
from services.credit.rules.entries import Decided, Escalated, ReasonEntry
from services.credit.rules.state import Account, Order
from services.credit.rules.worth import worth


def decide(
    account: Account,
    order: Order,
    context: Context,
    *,
    amount: int,
    revision: int,
    promised_on: date | None,
    factor: str | None = None,
) -> Decided:
    """Decide on an order that now amounts to ``amount``, whatever it may already have reserved.

    Amounts are in the order's currency; ``factor`` is what it is converted with from now on (None: as it was).
    """
    reserved = order.remaining_worth if order.status == "approved" and order.counts else 0
    factor = order.factor if factor is None else factor
    reasons = failing_rules(
        account,
        amount=worth(amount, factor),
        growth=worth(order.remaining_of(amount), factor) - reserved,
        currency=account.currency if factor else order.currency,
        on_account=order.counts,
        policy=context.policy,
        day=context.day,
        term_days=order.term_days,
        method=order.method,
    )
    return decision(
        account,
        order,
        context,
        outcome=outcome_of(reasons),
        reasons=reasons,
        amount=amount,
        revision=revision,
        promised_on=promised_on,
        factor=factor,
    )


def decision(
    account: Account,
    order: Order,
    context: Context,
    *,
    outcome: str,
    reasons: list[ReasonEntry],
    amount: int | None = None,
    revision: int | None = None,
    promised_on: date | None = None,
    trigger: str = "",
    by: str | None = None,
    comment: str = "",
    approved_by: str | None = None,
    factor: str | None = None,
) -> Decided:
    """Return the entry of a decision, with the exposure as it will be once it is applied."""
    amount = order.amount if amount is None else amount
    factor = order.factor if factor is None else factor
    counted_before = order.remaining_worth if order.status == "approved" and order.counts else 0
    counted_after = worth(order.remaining_of(amount), factor) if outcome == "approved" and order.counts else 0
    return Decided(
        customer=account.customer_id,
        seq=account.seq + 1,
        event=context.event,
        at=context.at,
        day=context.day,
        order=order.order_id,
        amount=amount,
        currency=order.currency,
        method=order.method,
        outcome=outcome,
        version=order.version + 1,
        previous=order.decision_seq,
        reasons=reasons,
        policy=context.policy.version,
        exposure=account.exposure - counted_before + counted_after,
        limit=account.limit_on(context.day),
        placed_at=order.placed_at,
        placed_amount=order.placed_amount,
        revision=order.revision if revision is None else revision,
        # A revision says in full how the order reads: a date that it leaves out is no longer promised.
        promised_on=promised_on if revision is not None else order.promised_on,
        trigger=trigger,
        by=by,
        comment=comment,
        approved_by=approved_by,
        due_on=context.policy.desk.deadline(context.day)
        if outcome == "held" and order.status != "held"
        else None,
        term_days=order.term_days,
        factor=factor,
    )


def decide_held_again(account: Account, context: Context, trigger: str) -> Iterator[Decided]:
    """Release the held orders that now pass, in the policy's order, never past the limit.

    The caller applies each entry before it asks for the next, so that every release counts for those after it.
    """
    if not account.held_orders:
        return
    for order in held_queue(account, context.policy.release_order):
        if not _fails_now(account, order, context):
            yield decision(account, order, context, outcome="approved", reasons=[], trigger=trigger)


def _fails_now(account: Account, order: Order, context: Context) -> list[ReasonEntry]:
    """Return every rule a held order would fail if it were decided now."""
    return failing_rules(
        account,
        amount=order.amount_worth,
        growth=order.remaining_worth if order.counts else 0,
        currency=account.currency if order.factor else order.currency,
        on_account=order.counts,
        policy=context.policy,
        day=context.day,
        term_days=order.term_days,
        method=order.method,
    )


def escalate(account: Account, context: Context) -> Iterator[Escalated]:
    """Raise the level of every held order whose deadline has passed. The caller applies each entry as it comes."""
    desk = context.policy.desk
    while account.case_index and account.case_index[0][0] < context.day:
        missed, order_id = account.case_index[0]
        order = account.orders[order_id]
        assert order.case is not None
        level = order.case.level + 1
        yield Escalated(
            customer=account.customer_id,
            seq=account.seq + 1,
            event=context.event,
            at=context.at,
            day=context.day,
            order=order_id,
            level=level,
            missed=missed,
            due_on=desk.deadline(context.day) if level < desk.escalations else None,
            reasons=_fails_now(account, order, context),
        )


def held_queue(account: Account, release_order: str) -> list[Order]:
    """Return the held orders in the order in which they are decided again."""
    held = [order for order in account.orders.values() if order.status == "held"]
    if release_order == "smallest":
        return sorted(held, key=lambda o: (o.remaining_worth, o.placed_at, o.order_id))
    if release_order == "promised":
        return sorted(held, key=lambda o: (o.promised_on or date.max, o.placed_at, o.order_id))
    return sorted(held, key=lambda o: (o.placed_at, o.order_id))
