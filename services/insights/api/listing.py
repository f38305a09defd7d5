"""Lists as pages, or everything at once as a file."""

from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import Request, Response
from pydantic import BaseModel
from sqlalchemy import Row, Select

from services.kit.http.exports import FILES, Exported
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.runtime import Runtime

ItemT = TypeVar("ItemT", bound=BaseModel)
CSV = FILES


class ListQuery(PageQuery):
    """A list in pages, or as a file."""


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
    """Answer with a page or a file."""
    try:
        return await read_page(request, response, statement, ordering, query, item, file=(filename, kind))
    except Exported as file:
        return file.response
