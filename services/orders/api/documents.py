"""What happens to an order after it was placed: amendment, cancellation, shipments, invoices, returns."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from contracts.events import EventData
from contracts.events.orders import OrderAmended, OrderCancelled, OrderInvoiced, OrderReturned, OrderShipped
from contracts.wire import Id
from services.kit.commands import answer_once
from services.kit.http.auth import Principal, require
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import IdempotentCall
from services.kit.http.problems import Problem
from services.kit.http.scope import COMPANY
from services.kit.runtime import Runtime
from services.orders import store
from services.orders.api.requests import AmendmentIn, CancellationIn, InvoiceIn, ReturnIn, ShipmentIn
from services.orders.api.scopes import OF_ORDER
from services.orders.commands import carry_out
from services.orders.rules.order import Order

router = APIRouter(prefix="/orders/{order_id}", tags=["orders"])

Seller = Annotated[Principal, Depends(require("system", "sales", "manager"))]
Clerk = Annotated[Principal, Depends(require("system", "finance", "manager"))]

_RESPONSES: dict[int | str, dict[str, Any]] = {
    404: {"description": "No such order was placed"},
    409: {"description": "The order's state or a known document forbids it"},
}

ToEvent = Callable[[Order], EventData | None]
"""From the locked order to the event that says what happened; None when the book knows it already."""


class Recorded(BaseModel):
    """What was recorded, and published for the other services."""

    order_id: str
    recorded: dict[str, Any]


async def _record(
    order_id: str, request: Request, runtime: Runtime, principal: Principal, status: int, to_event: ToEvent
) -> Response:
    async def record(call: IdempotentCall) -> Response:
        order = await store.lock_order(call.unit.connection, order_id)
        if order is None or order.placed_at is None or order.currency is None:
            raise Problem(404, f"no order {order_id!r} was placed")
        event = to_event(order)
        if event is None:
            return call.answer(status, _answer(order, OrderCancelled, {"reason": order.cancel_reason}))
        await carry_out(runtime, call.unit, event, order.customer_id)
        return call.answer(status, _answer(order, type(event), event.model_dump(mode="json")))

    return await answer_once(request, runtime, principal, record)


def _answer(order: Order, kind: type[EventData], body: dict[str, Any]) -> Recorded:
    facts = {name: value for name, value in body.items() if name not in ("order_id", "customer_id")}
    return Recorded(order_id=order.order_id, recorded={"event": kind.TYPE, **facts})


def _common(order: Order) -> dict[str, Any]:
    return {"order_id": order.order_id, "customer_id": order.customer_id, "currency": order.currency}


@router.post(
    "/amendments", status_code=202, response_model=Recorded, responses=_RESPONSES, dependencies=[OF_ORDER]
)
async def amend_order(
    order_id: Id, body: AmendmentIn, request: Request, runtime: LiveRuntime, principal: Seller
) -> Response:
    """Change an order, in full. Credit decides again where it has to; the decision appears on the order.

    With `revision` or an Idempotency-Key it may be sent again without harm; without either it is a further amendment.
    """

    def amended(order: Order) -> EventData:
        if order.cancelled_at is not None:
            raise Problem(409, f"order {order_id!r} is cancelled")
        if order.status == "invoiced":
            raise Problem(409, f"order {order_id!r} is fully invoiced; take goods back as a return")
        facts = body.model_dump(exclude={"revision"})
        return OrderAmended(**_common(order), revision=body.revision or order.revision + 1, **facts)

    return await _record(order_id, request, runtime, principal, 202, amended)


@router.post(
    "/cancellation", status_code=202, response_model=Recorded, responses=_RESPONSES, dependencies=[OF_ORDER]
)
async def cancel_order(
    order_id: Id, body: CancellationIn, request: Request, runtime: LiveRuntime, principal: Seller
) -> Response:
    """Give up what is not yet invoiced of an order. Cancelling again changes nothing."""

    def cancelled(order: Order) -> EventData | None:
        if order.cancelled_at is not None:
            return None
        if order.status == "invoiced":
            raise Problem(409, f"order {order_id!r} is fully invoiced; take goods back as a return")
        return OrderCancelled(order_id=order_id, customer_id=order.customer_id, reason=body.reason)

    return await _record(order_id, request, runtime, principal, 202, cancelled)


@router.post(
    "/shipments", status_code=201, response_model=Recorded, responses=_RESPONSES, dependencies=[COMPANY]
)
async def record_shipment(
    order_id: Id, body: ShipmentIn, request: Request, runtime: LiveRuntime, principal: Clerk
) -> Response:
    """Record that goods left."""
    return await _record(
        order_id,
        request,
        runtime,
        principal,
        201,
        lambda order: OrderShipped(**_common(order), **body.model_dump()),
    )


@router.post(
    "/invoices", status_code=201, response_model=Recorded, responses=_RESPONSES, dependencies=[COMPANY]
)
async def record_invoice(
    order_id: Id, body: InvoiceIn, request: Request, runtime: LiveRuntime, principal: Clerk
) -> Response:
    """Record an invoice for the order: that much of it becomes a receivable."""
    return await _record(
        order_id,
        request,
        runtime,
        principal,
        201,
        lambda order: OrderInvoiced(**_common(order), **body.model_dump()),
    )


@router.post(
    "/returns", status_code=201, response_model=Recorded, responses=_RESPONSES, dependencies=[COMPANY]
)
async def record_return(
    order_id: Id, body: ReturnIn, request: Request, runtime: LiveRuntime, principal: Clerk
) -> Response:
    """Record that goods came back, with a credit note."""
    return await _record(
        order_id,
        request,
        runtime,
        principal,
        201,
        lambda order: OrderReturned(**_common(order), **body.model_dump()),
    )
