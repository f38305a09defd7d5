"""``GET /insights/forecasts/products``: what will be ordered of each product in the days ahead, to prepare stock."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Row, select

from contracts.money import quantity_string
from contracts.wire import Id
from services.insights.api.listing import CSV, listing
from services.insights.api.segments import READERS, FilterQuery
from services.insights.store.product_forecasts import expected_products
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import Ordering, Page
from services.kit.http.scope import Own

router = APIRouter(prefix="/insights/forecasts", tags=["forecasts"], dependencies=READERS)


class ProductsQuery(FilterQuery):
    """Of whom, and how far ahead."""

    days: int = Field(14, ge=1, le=90, description="from tomorrow on")
    product: Id | None = None


class ExpectedProduct(BaseModel):
    """What customers that usually buy a product will order of it. First purchases of a product are not foreseen."""

    product_id: str
    name: str
    category: str
    quantity: str = Field(description="mean: what to have in stock; adds up over customers")
    orders: float = Field(description="expected orders that hold it")
    customers: int = Field(description="that have bought it lately and are expected to order")


@router.get("/products", responses=CSV, response_model=Page[ExpectedProduct])
async def list_expected_products(
    query: Annotated[ProductsQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    view: Own,
) -> Page[ExpectedProduct] | Response:
    """Show what will be ordered of each product within so many days, summed over customers, the most first."""
    found = expected_products(await query.filter(runtime, view), query.days, query.product)
    sorts = {name: found.c[name] for name in ("quantity", "orders", "customers")}
    ordering = Ordering(
        sorts | {"product": found.c.product_id}, unique=found.c.product_id, default="-quantity"
    )
    return await listing(
        *(request, response, runtime, select(found), ordering, query, _product, ExpectedProduct),
        "expected-products",
    )


def _product(row: Row[Any]) -> ExpectedProduct:
    return ExpectedProduct(
        product_id=row.product_id,
        name=row.name,
        category=row.category,
        quantity=quantity_string(round(row.quantity)),
        orders=round(row.orders, 3),
        customers=row.customers,
    )
