"""Lists as pages, or everything at once as CSV."""

from collections.abc import Callable
from typing import Any, Literal, TypeVar

from fastapi import Request, Response
from pydantic import BaseModel
from sqlalchemy import Row, Select

from services.kit.http.exports import csv_answer
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.problems import Problem
from services.kit.runtime import Runtime

ItemT = TypeVar("ItemT", bound=BaseModel)
LONGEST_EXPORT_ROWS = 200_000
CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


class ListQuery(PageQuery):
    """A list in pages, or as CSV, which has everything and takes no cursor."""

    format: Literal["json", "csv"] = "json"


async def listing(
    request: Request,
    response: Response,
    runtime: Runtime,
    statement: Select[Any],
    ordering: Ordering,
    query: ListQuery,
    item: Callable[[Row[Any]], ItemT],
    kind: type[ItemT],
    filename: str,
) -> Page[ItemT] | Response:
    """Answer with a page or a file.

    Raises:
        Problem: 422 for a cursor of another list, an unknown sort, or a cursor with CSV.
    """
    if query.format == "json":
        return await read_page(request, response, statement, ordering, query, item)
    if query.cursor is not None:
        raise Problem(422, "CSV has no pages", errors=[("query.cursor", "must be left out with format=csv")])
    keys, downwards = ordering.keys(query.sort)
    in_order = statement.order_by(*(key.desc() if downwards else key.asc() for key in keys))
    async with runtime.database.engine.connect() as connection:
        rows = (await connection.execute(in_order.limit(LONGEST_EXPORT_ROWS))).all()
    return csv_answer(f"{filename}.csv", list(kind.model_fields), map(item, rows))
