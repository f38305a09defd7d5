"""``GET /insights/stopped-products``: what customers usually bought and stopped buying, and what that was worth."""

from datetime import date
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Row, select

from contracts.money import decimal_string
from contracts.wire import Id, Text
from services.insights.api.forecast_answers import Customer
from services.insights.api.listing import CSV, listing
from services.insights.api.segments import READERS, FilterQuery
from services.insights.store import stopped_reads as reads
from services.insights.tables import products
from services.insights.tables_mix import stopped_products
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import Ordering, Page
from services.kit.http.scope import Own

router = APIRouter(prefix="/insights/stopped-products", tags=["mix"], dependencies=READERS)


class StoppedQuery(FilterQuery):
    """Whose products, and which."""

    customer: Id | None = None
    product: Id | None = None
    product_category: Text | None = None
    still_ordering: bool | None = Field(
        None,
        description="whether the customer has ordered something else since: true leaves out who went silent",
    )

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what is true of what was asked for, besides the customers."""
        s = stopped_products.c
        asked = ((s.customer_id, self.customer), (s.product_id, self.product))
        found = [column == value for column, value in asked if value is not None]
        if self.product_category is not None:
            found.append(products.c.category == self.product_category)
        if self.still_ordering is not None:
            found.append(s.ordered_since > 0 if self.still_ordering else s.ordered_since == 0)
        return found


class TotalsQuery(StoppedQuery):
    """By what to sum."""

    by: reads.By = "customer"


class StoppedProduct(Customer):
    """A product that a customer usually bought. A purchase is a day with it on an order that counts."""

    product_id: str
    product_name: str
    product_category: str
    purchases: int = Field(description="in the window of the policy")
    usual_gap: float = Field(description="mean days between them")
    last_day: date = Field(description="of the last purchase")
    silence: int = Field(description="days since")
    stopped_on: date = Field(
        description="first day that was more than the policy's number of usual gaps later"
    )
    ordered_since: int = Field(
        description="days on which the customer ordered something else since; 0: silent"
    )
    at_stake: str = Field(
        description="bought in the year that the last purchase ends; returns not subtracted"
    )


class StoppedTotal(BaseModel):
    """Stopped products of one customer, or of one product with all customers that stopped buying it."""

    key: str = Field(description="id of the customer or product")
    name: str
    customers: int
    products: int
    currency: str
    at_stake: str
    last_stopped_on: date


def _item(currency: str, row: Row[Any]) -> StoppedProduct:
    found = row._mapping
    own = ("currency", "usual_gap", "at_stake")
    return StoppedProduct(
        **{n: found[n] for n in StoppedProduct.model_fields if n not in own},
        currency=currency,
        usual_gap=round(float(row.gap), 1),
        at_stake=decimal_string(row.year_minor, currency),
    )


def _total(currency: str, row: Row[Any]) -> StoppedTotal:
    found = row._mapping
    return StoppedTotal(
        **{n: found[n] for n in ("key", "name", "customers", "products", "last_stopped_on")},
        currency=currency,
        at_stake=decimal_string(row.year_minor, currency),
    )


@router.get("", responses=CSV, response_model=Page[StoppedProduct])
async def list_stopped(
    query: Annotated[StoppedQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    view: Own,
) -> Page[StoppedProduct] | Response:
    """Show customers and the products that they stopped buying, the greatest value at stake first."""
    wanted = await query.filter(runtime, view)
    found = reads.stopped(wanted, query.conditions())
    c = found.c
    sorts = {"at_stake": c.year_minor, "silence": c.silence, "stopped_on": c.stopped_on, "gap": c.gap}
    ordering = Ordering(
        sorts | {"purchases": c.purchases, "customer": c.key}, unique=c.key, default="-at_stake"
    )
    return await listing(
        *(request, response, runtime, select(found), ordering, query, partial(_item, wanted.currency)),
        *(StoppedProduct, "stopped-products"),
    )


@router.get("/totals", responses=CSV, response_model=Page[StoppedTotal])
async def list_totals(
    query: Annotated[TotalsQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    view: Own,
) -> Page[StoppedTotal] | Response:
    """Show sums per customer, or per product, the greatest value at stake first."""
    wanted = await query.filter(runtime, view)
    found = reads.totals(reads.stopped(wanted, query.conditions()), query.by)
    c = found.c
    sorts = {"at_stake": c.year_minor, "customers": c.customers, "products": c.products, "key": c.key}
    ordering = Ordering(sorts, unique=c.key, default="-at_stake")
    return await listing(
        *(request, response, runtime, select(found), ordering, query, partial(_total, wanted.currency)),
        *(StoppedTotal, f"stopped-products-by-{query.by}"),
    )
