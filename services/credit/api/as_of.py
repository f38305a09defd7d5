"""Questions about a past business day: the parameter, and what is refused."""

from datetime import date
from typing import Annotated

from fastapi import Query
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncConnection

from services.credit.queries.history import opened_on
from services.kit.http.problems import Problem

EARLIEST, LATEST = date(1900, 1, 1), date(9000, 1, 1)
"""Days that one can still add days to and take days from."""

_DESCRIPTION = "as it stood at the end of this business day; without it, as it stands"

AsOf = Annotated[date | None, Query(description=_DESCRIPTION, examples=["2026-03-31"])]
"""A route's parameter ``as_of``."""

AS_OF = Field(None, description=_DESCRIPTION, examples=["2026-03-31"])
"""The same as a field of a list's query."""


def require_reached(as_of: date | None, reached: date, name: str = "as_of") -> None:
    """Refuse a day that has not begun.

    Raises:
        Problem: 422.
    """
    if as_of is not None and as_of > reached:
        raise Problem(
            422,
            f"{as_of} has not begun: the business day is {reached}",
            errors=[(f"query.{name}", f"must not be after the business day, {reached} (given: {as_of})")],
        )


async def require_opened(
    connection: AsyncConnection, customer_id: str, as_of: date | None, reached: date, name: str = "as_of"
) -> None:
    """Refuse a day that has not begun, and one on which the account did not exist.

    Raises:
        Problem: 422, 404.
    """
    require_reached(as_of, reached, name)
    if as_of is not None:
        opened = await opened_on(connection, customer_id)
        if opened is None or opened > as_of:
            raise not_yet(customer_id, as_of, opened, name)


def not_yet(customer_id: str, as_of: date, opened: date | None, name: str = "as_of") -> Problem:
    """Return the problem of an account that did not exist on a past day."""
    return Problem(
        404,
        f"customer {customer_id!r} had no account on {as_of}; its first entry is of {opened}",
        errors=[(f"query.{name}", f"is before the account's first entry, of {opened}")],
    )
