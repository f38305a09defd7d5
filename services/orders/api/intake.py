"""``POST /orders``: an order comes in over HTTP, and the caller may wait for its decision."""

import asyncio
import re
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse

from services.kit.commands import answer_once
from services.kit.http.auth import Principal, require
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import IdempotentCall
from services.kit.http.problems import Problem
from services.kit.http.scope import Own
from services.kit.runtime import Runtime
from services.orders import store
from services.orders.api import shown
from services.orders.api.answers import AcceptedOrder, OrderSummary
from services.orders.api.requests import OrderIn
from services.orders.commands import carry_out
from services.orders.processor import news_of
from services.orders.store import reads

MAX_WAIT_S = 10.0

router = APIRouter(tags=["orders"])
Intake = Annotated[Principal, Depends(require("system", "sales", "manager"))]
Wait = Annotated[
    str | None,
    Query(
        description='how long to wait for the decision, such as "2s" or "500ms", at most 10s', examples=["2s"]
    ),
]


@router.post(
    "/orders",
    status_code=202,
    response_model=AcceptedOrder,
    responses={
        200: {"model": OrderSummary, "description": "The order with its decision (with ?wait)"},
        409: {"description": "The order id is known with another body"},
    },
)
async def place_order(
    body: OrderIn, request: Request, runtime: LiveRuntime, principal: Intake, view: Own, wait: Wait = None
) -> Response:
    """Place an order: it is recorded and published as `order.placed`, for credit to decide on.

    With `?wait=2s` the answer is 200 with the decision as soon as there is one, whichever replica applies it;
    without, or when the time is up, it is 202 and `Location` says where to ask. The same order again gets the same
    answer, with or without an Idempotency-Key; another body under its id is refused.
    Salespeople may place orders of any customer, but are told the decisions of their own customers only.
    """
    wait_s = wait_seconds(wait)
    async with news_of(runtime).about(body.order_id) as news:
        answer = await answer_once(request, runtime, principal, lambda call: _place(body, runtime, call))
        waits = wait_s is not None and await view.sees(body.customer_id)
        decided = await _decided(runtime, body.order_id, news, wait_s or 0) if waits else None
    if decided is not None:
        answer = JSONResponse(decided.model_dump(mode="json"))
    answer.headers["Location"] = f"/orders/{body.order_id}"
    return answer


def wait_seconds(text: str | None) -> float | None:
    """Return the seconds that ``?wait`` asks for.

    Raises:
        Problem: 422 when it is no such time, or more than 10 s.
    """
    if text is None:
        return None
    match = re.fullmatch(r"([0-9]{1,5}(?:\.[0-9]{1,3})?)(ms|s)", text, re.ASCII)
    seconds = float(match[1]) / (1000 if match[2] == "ms" else 1) if match else MAX_WAIT_S + 1
    if seconds > MAX_WAIT_S:
        reason = 'must be a time such as "2s" or "500ms", at most 10s'
        raise Problem(422, f"wait {reason}", errors=[("query.wait", reason)])
    return seconds


async def _place(body: OrderIn, runtime: Runtime, call: IdempotentCall) -> Response:
    await carry_out(runtime, call.unit, body, body.customer_id)
    order = await store.lock_order(call.unit.connection, body.order_id)
    assert order is not None
    assert order.placed_event_id is not None
    accepted = AcceptedOrder(
        order_id=order.order_id,
        customer_id=order.customer_id,
        event_id=order.placed_event_id,
        decision=None,
    )
    return call.answer(202, accepted)


async def _decided(
    runtime: Runtime, order_id: str, news: asyncio.Event, wait_s: float
) -> OrderSummary | None:
    """Return the order once it has a decision; None when the time is up first."""
    deadline = asyncio.get_running_loop().time() + wait_s
    while True:
        # Cleared before the look, so that news which comes during it leads to another one.
        news.clear()
        async with runtime.database.engine.connect() as connection:
            row = await reads.order_summary(connection, order_id)
        if row is not None and row.decision_version:
            return shown.summary(row)
        left_s = deadline - asyncio.get_running_loop().time()
        if left_s <= 0:
            return None
        try:
            await asyncio.wait_for(news.wait(), left_s)
        except TimeoutError:
            continue
