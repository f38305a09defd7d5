"""Reading rules that callers send as JSON: every reason with the path of what it is about."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from services.kit.http.problems import Problem

DocumentT = TypeVar("DocumentT", bound=msgspec.Struct)


def _none(_: Any) -> Sequence[tuple[str, str]]:
    return ()


def read_document(
    given: dict[str, Any],
    type_: type[DocumentT],
    field: str,
    problems_of: Callable[[DocumentT], Sequence[tuple[str, str]]] = _none,
) -> DocumentT:
    """Read a policy, or what else is data here.

    Args:
        field: the body's field that it stands in; paths of reasons begin with it.
        problems_of: returns where it contradicts itself, as (path, reason).

    Raises:
        Problem: 422 with every path and reason that is known.
    """
    try:
        document = msgspec.convert(given, type_)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$")
        place = f"{field}{path.rstrip('`')}"
        raise Problem(422, f"the {field} is not valid: {reason}", errors=[(place, reason)]) from error
    if found := problems_of(document):
        errors = [(f"{field}.{path}", reason) for path, reason in found]
        raise Problem(422, f"the {field} is not valid: {errors[0][1]}", errors=errors)
    return document
