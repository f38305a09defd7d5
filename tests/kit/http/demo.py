"""A small service with one route for everything that the kit's HTTP does."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Column, Integer, MetaData, Row, Table, Text, select

from contracts.codec import encode, new_event
from contracts.errors import Conflict, ContractError
from contracts.events.products import ProductCreated
from contracts.wire import Amount, Id
from services.kit.clock import day_ticker
from services.kit.database import UnitOfWork
from services.kit.http.auth import Principal, require
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import DOCUMENTED, idempotent
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.problems import Problem
from services.kit.outbox import OutboxRow
from services.kit.records import Received, Refused
from services.kit.runtime import Service
from services.kit.telemetry import current_traceparent

metadata = MetaData()
things = Table(
    "things",
    metadata,
    Column("thing_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("size", Integer, nullable=False),
)
ORDERING = Ordering(
    {"size": things.c.size, "thing_id": things.c.thing_id}, unique=things.c.thing_id, default="thing_id"
)
router = APIRouter()
Sales = Annotated[Principal, Depends(require("sales", "manager"))]
Known = Annotated[Principal, Depends(require())]


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")

    thing_id: Id
    name: str = Field(min_length=1, max_length=50)
    size: int = Field(ge=0, le=1_000, strict=True)
    price: Amount = "0"


class ThingQuery(PageQuery):
    name: str | None = None


class Applied:
    """Notes what was consumed."""

    def __init__(self) -> None:
        self.events: list[Received] = []

    async def apply(self, unit: UnitOfWork, events: Sequence[Received]) -> list[Refused]:
        return [
            Refused(received, ContractError("data.name", "is refused by the demo"))
            for received in events
            if getattr(received.event.data, "name", "") == "refuse me"
        ]

    def rolled_back(self) -> None: ...

    def committed(self, events: Sequence[Received]) -> None:
        self.events += events


@router.post("/things", status_code=201, dependencies=[DOCUMENTED])
async def post_thing(body: Thing, request: Request, runtime: LiveRuntime, principal: Sales) -> Response:
    async with idempotent(request, runtime, principal) as call:
        if call.replayed:
            return call.response
        await call.unit.connection.execute(
            "INSERT INTO things VALUES ($1, $2, $3)", body.thing_id, body.name, body.size
        )
        call.unit.publish(outbox_row(body))
        return call.answer(201, {"thing_id": body.thing_id, "by": principal.name})


def outbox_row(body: Thing) -> OutboxRow:
    event = new_event(
        ProductCreated(product_id=body.thing_id, name=body.name, category="demo", currency="CNY"),
        id=f"thing-{body.thing_id}",
        occurred_at=datetime.now(UTC),
        key=body.thing_id,
        producer="demo",
        trace=current_traceparent(),
    )
    return OutboxRow("products", body.thing_id.encode(), event.id, encode(event), partition=0)


@router.get("/things")
async def list_things(
    query: Annotated[ThingQuery, Query()], request: Request, response: Response, principal: Known
) -> Page[Thing]:
    statement = select(things)
    if query.name is not None:
        statement = statement.where(things.c.name == query.name)
    return await read_page(request, response, statement, ORDERING, query, thing_out)


def thing_out(row: Row[Any]) -> Thing:
    return Thing(thing_id=row.thing_id, name=row.name, size=row.size)


@router.get("/things/{thing_id}")
async def get_thing(thing_id: Id, runtime: LiveRuntime, principal: Known) -> Thing:
    async with runtime.database.engine.connect() as connection:
        row = (await connection.execute(select(things).where(things.c.thing_id == thing_id))).one_or_none()
    if row is None:
        raise Problem(404, f"there is no thing {thing_id!r}")
    return thing_out(row)


@router.get("/things/{thing_id}/failures/{kind}")
async def fail(thing_id: str, kind: str, runtime: LiveRuntime) -> None:
    if kind == "contract":
        raise ContractError("size", "is too large")
    if kind == "known":
        raise Conflict("thing_id", "is known with another body")
    if kind == "conflict":
        raise Problem(409, "it is taken", errors=[("thing_id", "is taken")])
    if kind == "busy":
        raise Problem(429, "too many requests", headers={"Retry-After": "7"})
    if kind == "database":
        await runtime.database.pool.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    if kind == "text":
        await runtime.database.pool.fetchval("SELECT $1::text", "a\x00b")
    raise RuntimeError("the password is hunter2")


def demo_service(applied: Applied, name: str = "demo", paths: tuple[str, ...] = ("things",)) -> Service:
    background = (day_ticker,) if name == "demo" else ()
    return Service(
        name,
        name.capitalize(),
        paths,
        processor=lambda _: applied,
        routers=(router,) if name == "demo" else (),
        background=background,
    )
