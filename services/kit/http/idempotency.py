"""Idempotency-Key: the same request sent again gets the same answer and has one effect.

    @router.post("/payments")
    async def post_payment(body: PaymentIn, request: Request, runtime: LiveRuntime, principal: Finance) -> Response:
        async with idempotent(request, runtime, principal) as call:
            if call.replayed:
                return call.response
            ...  # load, handle and save in call.unit
            return call.answer(201, {"payment_id": body.payment_id})

The unit of work commits when the block ends: effect, outbox and stored answer are one transaction.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Request, Response

from services.kit.database import Database, UnitOfWork
from services.kit.http.auth import Principal
from services.kit.runtime import Runtime


class IdempotentCall:
    """One request inside its unit of work.

    Attributes:
        unit: the transaction; the block writes through it.
        replayed: the request was answered before; ``response`` is that answer and nothing is to be done.
    """

    unit: UnitOfWork
    replayed: bool

    @property
    def response(self) -> Response:
        """Return the stored or the given answer."""
        raise NotImplementedError

    def answer(self, status: int, body: Any) -> Response:
        """Give the answer: ``body`` is a pydantic model or anything JSON; it is stored in this transaction."""
        raise NotImplementedError


@asynccontextmanager
async def idempotent(
    request: Request, runtime: Runtime, principal: Principal, *, required: bool = False
) -> AsyncIterator[IdempotentCall]:
    """Open a unit of work that has its effect once per Idempotency-Key; without the header it is a plain one.

    Raises:
        Problem: 400 when the key is malformed, or missing and ``required``; 409 while the first request is still
            in progress; 422 when the key was used for another request.
    """
    raise NotImplementedError
    yield


async def purge_idempotency_keys(database: Database, older_than_days: int) -> int:
    """Delete stored answers past their retention. Returns how many."""
    raise NotImplementedError
