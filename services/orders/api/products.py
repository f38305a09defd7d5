"""The catalogue with cost. Changes go to every partition of topic ``products``."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import AwareDatetime, Field

from contracts.events.products import ProductChanged, ProductCreated
from contracts.wire import Id, Text
from services.kit.commands import answer_once
from services.kit.http.auth import Principal, require
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import IdempotentCall
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.preconditions import expected_revision, located
from services.kit.http.problems import Problem
from services.kit.http.scope import OPEN
from services.orders import store
from services.orders.api import shown
from services.orders.api.answers import EntryOut, ProductHistory, ProductOut
from services.orders.api.requests import ProductChangeIn, ProductIn
from services.orders.commands import carry_out
from services.orders.store import reads
from services.orders.tables import products

router = APIRouter(prefix="/products", tags=["products"])

Keeper = Annotated[Principal, Depends(require("system", "manager"))]
Known = Depends(require())

ORDERING = Ordering(
    {"product_id": products.c.product_id, "name": products.c.name, "changed_at": products.c.changed_at},
    unique=products.c.product_id,
    default="product_id",
)


class ProductQuery(PageQuery):
    """Filters of the catalogue."""

    category: Text | None = None
    q: str | None = Field(None, min_length=1, max_length=100, description="text in the id or name")


@router.post(
    "",
    status_code=201,
    response_model=ProductOut,
    responses={409: {"description": "The id is taken"}},
    dependencies=[OPEN],
)
async def create_product(
    body: ProductIn, request: Request, runtime: LiveRuntime, principal: Keeper
) -> Response:
    """Enter a product into the catalogue. The same body again gets the same answer."""
    created = ProductCreated(revision=1, **body.model_dump())

    async def create(call: IdempotentCall) -> Response:
        await carry_out(runtime, call.unit, created, body.product_id)
        entry = await store.lock_product(call.unit.connection, body.product_id)
        assert entry is not None
        return call.answer(201, shown.product(entry))

    answer = await answer_once(request, runtime, principal, create)
    return located(answer, f"/products/{body.product_id}")


@router.put(
    "/{product_id}",
    response_model=ProductOut,
    responses={
        404: {"description": "No such product"},
        409: {"description": "The body's revision is not the product's any more"},
        412: {"description": "If-Match is not the product's revision any more"},
        428: {"description": "Neither If-Match nor revision says what was read"},
    },
    dependencies=[OPEN],
)
async def change_product(
    product_id: Id,
    body: ProductChangeIn,
    request: Request,
    runtime: LiveRuntime,
    principal: Keeper,
    if_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Change a product's entry, in full, from now on. Sales before keep the earlier cost."""

    async def change(call: IdempotentCall) -> Response:
        known = await store.lock_product(call.unit.connection, product_id)
        if known is None:
            raise Problem(404, f"no product {product_id!r} is known")
        revision = expected_revision(if_match, body.revision, known.revision) + 1
        entry = body.model_dump(exclude={"revision"})
        changed = ProductChanged(product_id=product_id, revision=revision, **entry)
        await carry_out(runtime, call.unit, changed, product_id)
        known = await store.lock_product(call.unit.connection, product_id)
        assert known is not None
        return call.answer(200, shown.product(known))

    answer = await answer_once(request, runtime, principal, change)
    return located(answer, f"/products/{product_id}")


@router.get("", dependencies=[OPEN, Known])
async def list_products(
    query: Annotated[ProductQuery, Query()], request: Request, response: Response, runtime: LiveRuntime
) -> Page[ProductOut]:
    """List the catalogue by id; sort by `product_id`, `name` or `changed_at`."""
    statement = reads.all_products()
    if query.category is not None:
        statement = statement.where(products.c.category == query.category)
    if query.q is not None:
        statement = statement.where(reads.matching(query.q, products.c.product_id, products.c.name))
    return await read_page(request, response, statement, ORDERING, query, shown.product)


@router.get("/{product_id}", dependencies=[OPEN, Known], responses={404: {"description": "No such product"}})
async def read_product(product_id: Id, response: Response, runtime: LiveRuntime) -> ProductHistory:
    """Show a product with its cost history; the ETag is its revision."""
    async with runtime.database.engine.connect() as connection:
        row = await reads.product(connection, product_id)
        if row is None:
            raise Problem(404, f"no product {product_id!r} is known")
        history = [shown.entry(entry) for entry in await reads.entries_of(connection, product_id)]
    response.headers["ETag"] = f'"{row.revision}"'
    return ProductHistory(**shown.product(row).model_dump(), history=history)


@router.get(
    "/{product_id}/entry",
    dependencies=[OPEN, Known],
    responses={404: {"description": "Not in the catalogue at that time"}},
)
async def read_entry(
    product_id: Id,
    runtime: LiveRuntime,
    at: Annotated[
        AwareDatetime, Query(description="a moment with its offset; the entry gives the cost as of then")
    ],
) -> EntryOut:
    """Show the entry, and so the cost, that held for a sale at a given moment."""
    async with runtime.database.engine.connect() as connection:
        row = await reads.entry_at(connection, product_id, at)
    if row is None:
        raise Problem(404, f"product {product_id!r} had no entry at {at.isoformat()}")
    return shown.entry(row)
