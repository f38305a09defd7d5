"""Lists in pages, by keyset: ``?limit=100&sort=-placed_at&cursor=...``, answered as ``{items, next}`` with a Link header.

class OrderQuery(PageQuery):
    status: Literal["held", "approved"] | None = None   # filters are further fields

ORDERING = Ordering({"placed_at": orders.c.placed_at}, unique=orders.c.order_id, default="-placed_at")

@router.get("/orders")
async def list_orders(query: Annotated[OrderQuery, Query()], request: Request, response: Response) -> Page[OrderOut]:
    statement = select(orders)
    if query.status: statement = statement.where(orders.c.status == query.status)
    return await read_page(request, response, statement, ORDERING, query, order_out)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Row, Select

ItemT = TypeVar("ItemT")


class PageQuery(BaseModel):
    """Query parameters of every list; subclasses add filters. Unknown parameters are refused."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(100, ge=1, le=500, description="items per page")
    cursor: str | None = Field(None, max_length=1_000, description="`next` of the page before")
    sort: str | None = Field(
        None, max_length=40, description="a field to sort by; a leading - sorts downwards"
    )


class Page(BaseModel, Generic[ItemT]):
    """One page of a list."""

    items: list[ItemT]
    next: str | None = Field(description="cursor of the next page, null on the last one")


@dataclass(frozen=True)
class Ordering:
    """By what a list can be sorted.

    Attributes:
        sorts: public name to column, which must not be nullable.
        unique: the tie-break, unique over the rows.
        default: such as ``"-placed_at"``.
    """

    sorts: Mapping[str, ColumnElement[Any]]
    unique: ColumnElement[Any]
    default: str


async def read_page(
    request: Request,
    response: Response,
    statement: Select[Any],
    ordering: Ordering,
    query: PageQuery,
    item: Callable[[Row[Any]], ItemT],
) -> Page[ItemT]:
    """Run ``statement`` for one page and set the Link header.

    Raises:
        Problem: 422 for an unknown sort or a cursor that is not of this list.
    """
    raise NotImplementedError
