"""Idempotency-Key: the same request sent again gets the same answer and has one effect.

In a route::

    async with idempotent(request, runtime, principal) as call:
        if call.replayed:
            return call.response
        working = await store.load(call.unit.connection, [received])
        ...
        return call.answer(201, PaymentOut(...))

The unit of work commits when the block ends: effect, outbox and stored answer are one transaction. An answer is stored
only with an effect: a request that was refused may be corrected and sent again with the same key.

The header is that of draft-ietf-httpapi-idempotency-key-header; its quotes may be left out.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import blake2b
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Header, Request, Response
from pydantic_core import to_json

from services.kit.database import Connection, Database, UnitOfWork
from services.kit.failpoints import failpoint
from services.kit.http.auth import Principal
from services.kit.http.problems import Problem

if TYPE_CHECKING:
    from services.kit.runtime import Runtime

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotent-Replayed"
QUERY_WITHOUT_EFFECT = frozenset({"wait"})
"""Query parameters that change how long a caller waits for the answer, not what is done."""


async def _documented(
    key: Annotated[
        str | None,
        Header(
            alias=HEADER,
            description="a text of your own: the same request sent again with it gets the same answer, once in effect",
            examples=["7e1f6c1e-6f0e-4d3c-9a57-1d0d1f6f9b1a"],
        ),
    ] = None,
) -> None:
    """Say in the OpenAPI document what :func:`idempotent` reads."""


DOCUMENTED = Depends(_documented)
"""Shows the header in the OpenAPI document: ``@router.post("/payments", dependencies=[DOCUMENTED])``."""

_KEY = re.compile(r'"?([!#-\[\]-~]{1,255})"?')


class IdempotentCall:
    """One request inside its unit of work.

    Attributes:
        unit: the transaction; the block writes through it.
        replayed: the request was answered before; ``response`` is that answer and nothing is to be done.
    """

    def __init__(self, unit: UnitOfWork, stored: Response | None = None) -> None:
        self.unit = unit
        self.replayed = stored is not None
        self._response = stored

    @property
    def response(self) -> Response:
        """Return the stored or the given answer."""
        if self._response is None:
            raise RuntimeError("the route has not answered yet")
        return self._response

    @property
    def answered(self) -> bool:
        """Say whether there is an answer."""
        return self._response is not None

    def answer(self, status: int, body: Any) -> Response:
        """Give the answer: ``body`` is a pydantic model or anything JSON; it is stored in this transaction."""
        self._response = _json(status, to_json(body))
        return self._response


@asynccontextmanager
async def idempotent(
    request: Request, runtime: "Runtime", principal: Principal, *, required: bool = False
) -> AsyncIterator[IdempotentCall]:
    """Open a unit of work that has its effect once per Idempotency-Key; without the header it is a plain one.

    Raises:
        Problem: 400 when the key is malformed, or missing and ``required``; 409 while the first request is still
            in progress; 422 when the key was used for another request.
    """
    key = _key(request, required)
    digest = await _digest(request) if key else b""
    async with runtime.database.unit_of_work() as unit:
        stored = await _stored(unit.connection, principal.name, key, digest) if key else None
        call = IdempotentCall(unit, stored)
        yield call
        if key and not call.replayed:
            await _store(unit.connection, principal.name, key, digest, call.response)
        if not call.replayed:
            failpoint("api.before_commit")
    if not call.replayed:
        failpoint("api.after_commit")


async def purge_idempotency_keys(database: Database, older_than_days: int) -> int:
    """Delete stored answers past their retention. Returns how many."""
    status = await database.pool.execute(
        "DELETE FROM idempotency_keys WHERE created_at < now() - make_interval(days => $1)", older_than_days
    )
    return int(status.rpartition(" ")[2])


def _key(request: Request, required: bool) -> str | None:
    sent = request.headers.getlist(HEADER)
    if not sent:
        if required:
            raise Problem(
                400, f"this needs an {HEADER}: a text of your own that is the same when you send it again"
            )
        return None
    match = _KEY.fullmatch(sent[0].strip())
    if match is None or len(sent) > 1:
        raise Problem(400, f"{HEADER} must be one text of 1 to 255 visible ASCII characters, such as a UUID")
    return match[1]


async def _digest(request: Request) -> bytes:
    """Return 32 bytes over everything that says what is to be done."""
    query = sorted(
        (name, value)
        for name, value in request.query_params.multi_items()
        if name not in QUERY_WITHOUT_EFFECT
    )
    digest = blake2b(to_json([request.method, request.url.path, query]), digest_size=32)
    digest.update(await request.body())
    return digest.digest()


async def _stored(connection: Connection, principal: str, key: str, digest: bytes) -> Response | None:
    """Take the key's lock, which lasts to the end of the transaction, and return the stored answer if there is one."""
    place = blake2b(to_json([principal, key]), digest_size=8).digest()
    # The second number keeps the services of one database apart: advisory locks know no schema.
    locked = await connection.fetchval(
        "SELECT pg_try_advisory_xact_lock($1::bigint # hashtext(current_schema())::bigint)",
        int.from_bytes(place, signed=True),
    )
    if not locked:
        raise Problem(
            409, f"the first request with this {HEADER} is still in progress", headers={"Retry-After": "1"}
        )
    row = await connection.fetchrow(
        "SELECT request_digest, status, body FROM idempotency_keys WHERE principal = $1 AND key = $2",
        principal,
        key,
    )
    if row is None:
        return None
    if row["request_digest"] != digest:
        raise Problem(
            422,
            f"this {HEADER} was used for another request",
            errors=[("header.idempotency-key", "is taken")],
        )
    return _json(row["status"], row["body"], {REPLAYED_HEADER: "true"})


async def _store(connection: Connection, principal: str, key: str, digest: bytes, response: Response) -> None:
    await connection.execute(
        "INSERT INTO idempotency_keys (principal, key, request_digest, status, body) VALUES ($1, $2, $3, $4, $5)",
        principal,
        key,
        digest,
        response.status_code,
        bytes(response.body),
    )


def _json(status: int, body: bytes, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status, headers, "application/json")
