"""Lists as files: where the file of a list is, and everything that is in it.

The file of a list on a page is the file of its JSON route: the same rows, columns and names, and the same end.
"""

from collections.abc import Awaitable
from typing import Any, TypeVar, get_args
from urllib.parse import urlencode

from fastapi import Request, Response
from pydantic import BaseModel

from services.kit.http.exports import Exported, FileForm

QueryT = TypeVar("QueryT", bound=BaseModel)

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


def filed(query: QueryT, form: FileForm) -> QueryT:
    """Return a list's query as a file with everything in it."""
    whole: dict[str, Any] = {"format": form}
    if "cursor" in type(query).model_fields:
        whole["cursor"] = None
    return query.model_copy(update=whole)


async def as_file(asked: Awaitable[object]) -> Response:
    """Return what the function behind a list's JSON route answers when it is asked for a file (:func:`filed`)."""
    try:
        answer = await asked
    except Exported as file:
        return file.response
    assert isinstance(answer, Response), "asked for a file, it answers with one"
    return answer
