"""What the routes share: who may call, who is named, bank accounts, and refusals in the OpenAPI document."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field

from contracts.events.customers import Contact
from contracts.wire import Id, Text
from services.customers import store
from services.customers.rules.staff import Salesperson
from services.kit.batch import business_day
from services.kit.database import Connection
from services.kit.http.auth import Principal, Role, require
from services.kit.http.problems import MEDIA_TYPE, Problem
from services.kit.runtime import Runtime

Anybody = Annotated[Principal, Depends(require())]
Keeper = Annotated[Principal, Depends(require("system", "sales", "finance", "manager"))]
"""Who writes cards, contacts, follow-ups, satisfaction and prospects."""
_ASSIGNERS: tuple[Role, ...] = ("system", "manager")
Assigner = Annotated[Principal, Depends(require(*_ASSIGNERS))]
"""Who says who looks after a customer, and who works here."""
Manager = Annotated[Principal, Depends(require("manager"))]

Known = Depends(require())

ShownText = Annotated[Text, Field(min_length=1)]
"""A text that says something."""

_PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
UNKNOWN: dict[int | str, dict[str, Any]] = {
    404: {"description": "Nothing is known of it", "content": _PROBLEM}
}
CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {"description": "Refused as things stand: `errors` says why", "content": _PROBLEM}
}
REVISED: dict[int | str, dict[str, Any]] = {
    **UNKNOWN,
    409: {"description": "The body's revision is not the current one any more", "content": _PROBLEM},
    412: {"description": "If-Match is not the current revision any more", "content": _PROBLEM},
    428: {"description": "Neither If-Match nor revision says what was read", "content": _PROBLEM},
}

_MAY_SEE_ACCOUNTS = frozenset({"system", "finance", "manager", "admin", "all"})
_SHOWN_OF_ACCOUNT = 4


class Body(BaseModel):
    """A request body: unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ContactIn(Contact):
    """A person at the customer or prospect."""

    model_config = Body.model_config


def refused(field: str, reason: str, status: int = 422) -> Problem:
    """Return a refusal that names one field."""
    return Problem(status, f"{field} {reason}", errors=[(field, reason)])


def today(runtime: Runtime) -> date:
    """Return the business day it is now."""
    return business_day(runtime.clock.now(), runtime.settings.zone)


def assigns(principal: Principal) -> bool:
    """Whether a caller may say who looks after whom."""
    return principal.role in (*_ASSIGNERS, "all")


def check_contacts(contacts: Sequence[Contact]) -> None:
    """Refuse contacts of which more than one is preferred.

    Raises:
        Problem: 422 naming the second one.
    """
    preferred = [number for number, contact in enumerate(contacts) if contact.preferred]
    if len(preferred) > 1:
        raise refused(
            f"contacts.{preferred[1]}.preferred",
            f"only one contact can be it, and contacts.{preferred[0]} is",
        )


def sees_accounts(principal: Principal) -> bool:
    """Whether a caller needs to see bank accounts in full."""
    return principal.role in _MAY_SEE_ACCOUNTS


def masked(account: str) -> str:
    """Return a bank account with only its last four characters shown, none of a short one."""
    if not account:
        return ""
    return "****" + (account[-_SHOWN_OF_ACCOUNT:] if len(account) > 2 * _SHOWN_OF_ACCOUNT else "")


def account_for(principal: Principal, account: str) -> str:
    """Return a bank account as a caller may see it."""
    return account if sees_accounts(principal) else masked(account)


async def active_salesperson(
    connection: Connection, salesperson_id: str, day: date, field: str = "salesperson_id"
) -> Salesperson:
    """Return a salesperson who is with the company on a day.

    Raises:
        Problem: 422 naming the field, when nobody has entered them or they are not active then.
    """
    person = await store.salesperson(connection, salesperson_id)
    if person is None or person.revision == 0:
        raise refused(
            field, f"{salesperson_id!r} is no salesperson that anybody has entered; POST /staff does"
        )
    if not person.active_on(day):
        until = f" to {person.active_to}" if person.active_to else " on"
        raise refused(
            field, f"{salesperson_id!r} is not active on {day}, only from {person.active_from}{until}"
        )
    return person


NewId = Annotated[Id | None, Field(description="an id of your own; left out: one is made")]
