"""Lists as files: where the file of a list is, and everything that is in it."""

from collections.abc import Awaitable, Callable
from typing import TypeVar, get_args
from urllib.parse import urlencode

from fastapi import Request

from services.kit.http.exports import FileForm
from services.kit.http.pages import Page, PageQuery

ItemT = TypeVar("ItemT")
QueryT = TypeVar("QueryT", bound=PageQuery)

ROWS_AT_ONCE = 500
LONGEST_EXPORT_ROWS = 20_000
OF_THE_PAGE = frozenset({"cursor", "limit", "format"})
"""Parameters that say what a page shows, not what the list is."""


def whole_list(request: Request, address: str) -> str:
    """Return the address of everything in a list, as it is filtered and sorted now."""
    kept = [(n, v) for n, v in request.query_params.multi_items() if v and n not in OF_THE_PAGE]
    return f"{address}?{urlencode(kept)}" if kept else address


def export_links(request: Request, address: str) -> tuple[tuple[str, str], ...]:
    """Return where a list is as a file, in every form that there is; ``address`` is without an ending."""
    forms: tuple[FileForm, ...] = get_args(FileForm)
    return tuple((form.upper(), whole_list(request, f"{address}.{form}")) for form in forms)


async def every_item(read: Callable[[QueryT], Awaitable[Page[ItemT]]], query: QueryT) -> list[ItemT]:
    """Read a list page by page, from its beginning, up to 20,000 items."""
    items: list[ItemT] = []
    asked = query.model_copy(update={"limit": ROWS_AT_ONCE, "cursor": None})
    while len(items) < LONGEST_EXPORT_ROWS:
        page = await read(asked)
        items += page.items
        if page.next is None:
            break
        asked = asked.model_copy(update={"cursor": page.next})
    return items
