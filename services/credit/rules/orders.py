"""What an order event does to the account. Every rule yields journal entries; the caller applies each as it comes."""

from collections.abc import Iterator

from contracts.errors import ContractError
from contracts.events.orders import OrderAmended, OrderCancelled, OrderPlaced, OrderShipped
from contracts.money import minor_units
from services.credit.rules.context import Context
from services.credit.rules.decisions import decide, decide_held_again, decision
from services.credit.rules.entries import Amended, AnyEntry, Cancelled, ReasonEntry, Shipped
from services.credit.rules.evolve_cases import TOLERATED
from services.credit.rules.evolve_orders import order_of
from services.credit.rules.exchange import own_of
from services.credit.rules.state import Account, Order
from services.credit.rules.worth import worth


def placed(account: Account, data: OrderPlaced, context: Context) -> Iterator[AnyEntry]:
    """Decide on a new order.

    Raises:
        ContractError: when the order id was used for another order.
    """
    amount = minor_units(data.amount, data.currency, "data.amount")
    known = account.orders.get(data.order_id)
    if known is not None and known.version:
        _require_same(known, data, amount)
        return
    own = own_of(account, data, amount, required=False)
    if account.seq == 0 and own is None:
        account.currency = data.currency
    order = known if known is not None else Order(data.order_id)
    order.currency, order.method = data.currency, data.payment_method
    order.placed_at, order.placed_amount, order.term_days = context.at, amount, data.term_days
    promised_on = data.promised_on
    if not order.revision:
        order.factor = own.factor if own is not None else ""
    else:
        amount, promised_on = order.amount, order.promised_on
        # What came before the order itself is its latest reading; without a rate of its own it takes this one.
        order.factor = order.factor or (own.factor if own is not None else "")
    account.orders[data.order_id] = order
    if order.cancelled:
        reasons = [ReasonEntry(rule="cancelled", value="cancelled before it was placed")]
        yield decision(
            account,
            order,
            context,
            outcome="rejected",
            reasons=reasons,
            amount=amount,
            revision=order.revision,
            promised_on=promised_on,
        )
        return
    yield decide(account, order, context, amount=amount, revision=order.revision, promised_on=promised_on)


def _require_same(known: Order, data: OrderPlaced, amount: int) -> None:
    placed = (known.placed_amount, known.currency, known.method, known.term_days)
    if placed != (amount, data.currency, data.payment_method, data.term_days):
        raise ContractError(
            "data.order_id", f"order {data.order_id!r} was placed before with another content"
        )


def amended(account: Account, data: OrderAmended, context: Context) -> Iterator[AnyEntry]:
    """Let the order read as given. Growth is checked; what shrinks makes room for held orders."""
    amount = minor_units(data.amount, data.currency, "data.amount")
    order = account.orders.get(data.order_id)
    if order is not None and order.currency and order.currency != data.currency:
        raise ContractError(
            "data.currency", f"order {data.order_id!r} is in {order.currency}, not {data.currency}"
        )
    if order is not None and data.revision <= order.revision:
        return
    own = own_of(account, data, amount, required=False)
    factor = own.factor if own is not None else ""
    order = order_of(account, data.order_id)
    grows = worth(order.remaining_of(amount), factor or order.factor) > order.remaining_worth
    # A decision needs a rate of its own: what the order was converted with may be long ago.
    has_rate = bool(factor) or not order.factor
    if order.status == "approved" and grows and has_rate and _still_approved(account, order, amount, context):
        yield _tolerated(account, order, data, amount, factor, context)
        return
    # One that was invoiced in full and grows is not over: what it grows by is checked.
    if order.status == "held" or (order.status in ("approved", "invoiced") and grows):
        yield decide(
            account,
            order,
            context,
            amount=amount,
            revision=data.revision,
            promised_on=data.promised_on,
            factor=factor,
        )
        return
    yield Amended(
        customer=account.customer_id,
        seq=account.seq + 1,
        event=context.event,
        at=context.at,
        day=context.day,
        order=data.order_id,
        amount=amount,
        revision=data.revision,
        promised_on=data.promised_on,
        factor=factor or None,
    )
    if order.status == "approved":
        yield from decide_held_again(account, context, f"order {data.order_id} amended")


def _still_approved(account: Account, order: Order, amount: int, context: Context) -> bool:
    """Return whether a person's release covers an order that has grown. A blacklisting is stronger than that."""
    override = order.override
    return (
        override is not None
        and account.blacklist is None
        and context.policy.desk.tolerates(override.amount, override.day, amount, context.day)
    )


def _tolerated(
    account: Account, order: Order, data: OrderAmended, amount: int, factor: str, context: Context
) -> AnyEntry:
    assert order.override is not None
    return decision(
        account,
        order,
        context,
        outcome="approved",
        reasons=[],
        amount=amount,
        revision=data.revision,
        promised_on=data.promised_on,
        factor=factor,
        trigger=TOLERATED,
        by=order.override.by,
        comment=f"grew within {context.policy.desk.growth_percent} % and {context.policy.desk.growth_days} days "
        f"of the release on {order.override.day}",
    )


def cancelled(account: Account, data: OrderCancelled, context: Context) -> Iterator[AnyEntry]:
    """Give up what is not invoiced of the order; the room may release held orders."""
    order = account.orders.get(data.order_id)
    if order is not None and order.cancelled:
        return
    yield Cancelled(
        customer=account.customer_id,
        seq=account.seq + 1,
        event=context.event,
        at=context.at,
        day=context.day,
        order=data.order_id,
        reason=data.reason,
    )
    yield from decide_held_again(account, context, f"order {data.order_id} cancelled")


def shipped(account: Account, data: OrderShipped, context: Context) -> Iterator[AnyEntry]:
    """Move what was shipped from the open to the shipped part of the order; the exposure stays."""
    amount = minor_units(data.amount, data.currency, "data.amount")
    order = account.orders.get(data.order_id)
    yield Shipped(
        customer=account.customer_id,
        seq=account.seq + 1,
        event=context.event,
        at=context.at,
        day=context.day,
        order=data.order_id,
        shipment=data.shipment_id,
        amount=amount,
        moved=order.shipped_of(order.remaining, order.delivered + amount) - order.shipped
        if order is not None
        else 0,
    )
