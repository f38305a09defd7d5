"""Lists in pages, by keyset: ``?limit=100&sort=-placed_at&cursor=...`` gives ``{items, next}`` and a Link header.

``?format=csv`` and ``?format=xlsx`` give everything in the list as a file.

In a service::

    class OrderQuery(PageQuery):
        status: Literal["held", "approved"] | None = None   # filters are further fields

    ORDERING = Ordering({"placed_at": orders.c.placed_at}, unique=orders.c.order_id, default="-placed_at")

    @router.get("/orders")
    async def list_orders(
        query: Annotated[OrderQuery, Query()], request: Request, response: Response
    ) -> Page[OrderOut]:
        statement = select(orders)
        if query.status is not None:
            statement = statement.where(orders.c.status == query.status)
        return await read_page(request, response, statement, ORDERING, query, order_out)
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Generic, NoReturn, TypeVar, get_args
from urllib.parse import urlencode
from uuid import UUID

import asyncpg
from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticKnownError
from sqlalchemy import ColumnElement, Row, Select, literal, tuple_
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.http.dependencies import started_runtime
from services.kit.http.exports import LONGEST_EXPORT_ROWS, Exported, FileForm, Format, file_answer
from services.kit.http.problems import Problem, database_error

ItemT = TypeVar("ItemT")

MOST_ITEMS = 500
"""Items of a page at most."""
LONGEST_PLACE = 9
"""Digits of a place in a list that is read whole."""

_READERS: dict[type, Callable[[str], Any]] = {
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    Decimal: Decimal,
    UUID: UUID,
}


class PageQuery(BaseModel):
    """Query parameters of every list; subclasses add filters. Unknown parameters are refused."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(100, ge=1, le=MOST_ITEMS, description="items per page")
    cursor: str | None = Field(None, max_length=1_000, description="`next` of the page before")
    sort: str | None = Field(
        None, max_length=40, description="a field to sort by; a leading - sorts downwards"
    )
    format: Format = Field(
        "json", description="csv, xlsx: everything at once as a file, which takes no cursor"
    )

    @field_validator("limit")
    @classmethod
    def _is_a_page(cls, limit: int) -> int:
        """Hold for the queries of pages, too, which have another limit where none is asked for: it has no bounds."""
        if limit < 1:
            raise PydanticKnownError("greater_than_equal", {"ge": 1})
        if limit > MOST_ITEMS:
            raise PydanticKnownError("less_than_equal", {"le": MOST_ITEMS})
        return limit


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

    def keys(self, sort: str | None) -> tuple[list[ColumnElement[Any]], bool]:
        """Return the columns to sort by and whether downwards.

        Raises:
            Problem: 422 for an unknown sort.
        """
        wanted = sort or self.default
        column = self.sorts.get(wanted.removeprefix("-"))
        if column is None:
            raise _unsortable(wanted, self.sorts)
        return ([column] if column is self.unique else [column, self.unique]), wanted.startswith("-")


async def read_page(
    request: Request,
    response: Response,
    statement: Select[Any],
    ordering: Ordering,
    query: PageQuery,
    item: Callable[[Row[Any]], ItemT],
    connection: AsyncConnection | None = None,
    file: tuple[str, type[ItemT]] | None = None,
) -> Page[ItemT]:
    """Run ``statement`` for one page and set the Link header.

    Args:
        connection: to read on, so that the page is of the same snapshot as other answers; None: one of its own.
        file: the name of the list as a file, without an ending, and what its lines are; None: as the route says.

    Raises:
        Problem: 422 for an unknown sort or a cursor that is not of this list.
        Exported: with everything in the list, when it is asked for as a file.
    """
    keys, downwards = ordering.keys(query.sort)
    if query.format != "json":
        await _export(request, in_order(statement, keys, downwards), query, item, connection, file)
    selected = statement.selected_columns
    statement = statement.add_columns(*(key for key in keys if not selected.contains_column(key)))
    if query.cursor is not None:
        place = tuple_(
            *(literal(value, key.type) for key, value in zip(keys, _opened(query, keys), strict=True))
        )
        statement = statement.where(tuple_(*keys) < place if downwards else tuple_(*keys) > place)
    statement = in_order(statement, keys, downwards).limit(query.limit + 1)
    rows = await _fetch(request, statement, query, connection)
    if len(rows) <= query.limit:
        return Page(items=[item(row) for row in rows], next=None)
    rows = rows[: query.limit]
    cursor = _sealed(query, [rows[-1]._mapping[key] for key in keys])
    response.headers["Link"] = f'<{_address(request, cursor)}>; rel="next"'
    return Page(items=[item(row) for row in rows], next=cursor)


def page_of(
    items: Sequence[ItemT], query: PageQuery, sorts: Mapping[str, Callable[[ItemT], Any]]
) -> Page[ItemT]:
    """Return one page of a list that is read whole, such as sums per group; its cursor is a place in it.

    Args:
        items: in the order that the list has unless another one is asked for.
        sorts: public name to what to sort by.

    Raises:
        Problem: 422 for an unknown sort or a cursor that is not of such a list.
    """
    if query.sort is not None:
        key = sorts.get(query.sort.removeprefix("-"))
        if key is None:
            raise _unsortable(query.sort, sorts)
        items = sorted(items, key=key, reverse=query.sort.startswith("-"))
    cursor = query.cursor or "0"
    if not (cursor.isascii() and cursor.isdecimal()) or len(cursor) > LONGEST_PLACE:
        raise _not_ours()
    first = int(cursor)
    last = first + query.limit
    return Page(items=list(items[first:last]), next=str(last) if last < len(items) else None)


def in_order(statement: Select[Any], keys: Sequence[ColumnElement[Any]], downwards: bool) -> Select[Any]:
    """Return the statement sorted by keys."""
    return statement.order_by(*(key.desc() if downwards else key.asc() for key in keys))


async def _export(
    request: Request,
    statement: Select[Any],
    query: PageQuery,
    item: Callable[[Row[Any]], Any],
    connection: AsyncConnection | None,
    file: tuple[str, type[Any]] | None,
) -> NoReturn:
    assert query.format != "json"
    if query.cursor is not None:
        raise no_cursor(query.format)
    rows = await _fetch(request, statement.limit(LONGEST_EXPORT_ROWS), query, connection)
    # One by one beside the event loop, where the file is made: 100,000 of them would keep it from all else.
    items = map(item, rows)
    name, kind = file or _file_of(request)
    zone = started_runtime(request).settings.zone
    raise Exported(await file_answer(query.format, name, kind, items, zone))


def no_cursor(form: FileForm) -> Problem:
    """Return the refusal of a cursor where everything is asked for at once."""
    return Problem(
        422, "a file has no pages", errors=[("query.cursor", f"must be left out with format={form}")]
    )


def _file_of(request: Request) -> tuple[str, type[Any]]:
    """Return the last word of the route's path, and what its pages are made of."""
    route = request.scope["route"]
    words = [word for word in route.path.split("/") if word and "{" not in word]
    return words[-1], get_args(route.response_model.model_fields["items"].annotation)[0]


async def _fetch(
    request: Request, statement: Select[Any], query: PageQuery, given: AsyncConnection | None
) -> Sequence[Row[Any]]:
    try:
        opened = nullcontext(given) if given else started_runtime(request).database.engine.connect()
        async with opened as connection:
            rows: Sequence[Row[Any]] = (await connection.execute(statement)).all()
            return rows
    except DBAPIError as error:
        # A number in a forged cursor may be larger than its column can be.
        if query.cursor is not None and isinstance(database_error(error), asyncpg.DataError):
            raise _not_ours() from error
        raise


def _unsortable(wanted: str, sorts: Mapping[str, Any]) -> Problem:
    return Problem(
        422,
        f"cannot sort by {wanted!r}",
        errors=[("query.sort", f"must be one of {', '.join(sorts)}, with - for downwards")],
    )


def _address(request: Request, cursor: str) -> str:
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f"{request.url.path}?{urlencode([*kept, ('cursor', cursor)])}"


def _list_digest(query: PageQuery) -> str:
    """Return what makes a cursor belong to one list: its filters and its order."""
    rest = query.model_dump_json(exclude={"cursor", "limit", "format"})
    return blake2b(f"{type(query).__name__}{rest}".encode(), digest_size=6).hexdigest()


def _sealed(query: PageQuery, values: Sequence[Any]) -> str:
    spelled = [value if isinstance(value, str | int) else str(value) for value in values]
    return urlsafe_b64encode(json.dumps([_list_digest(query), *spelled]).encode()).decode().rstrip("=")


def _opened(query: PageQuery, keys: Sequence[ColumnElement[Any]]) -> list[Any]:
    assert query.cursor is not None
    try:
        digest, *values = json.loads(urlsafe_b64decode(query.cursor + "=" * (-len(query.cursor) % 4)))
        if digest != _list_digest(query) or len(values) != len(keys):
            raise _not_ours()
        return [_read(key.type.python_type, value) for key, value in zip(keys, values, strict=True)]
    except (ValueError, TypeError, ArithmeticError, RecursionError):
        raise _not_ours() from None


def _read(kind: type, value: Any) -> Any:
    if kind in _READERS:
        return _READERS[kind](value)
    if type(value) is not kind or (isinstance(value, str) and "\x00" in value):
        raise ValueError(value)
    return value


def _not_ours() -> Problem:
    return Problem(
        422,
        "the cursor does not belong to this list; begin again without it",
        errors=[("query.cursor", "is not a cursor of this list with these filters and this order")],
    )
