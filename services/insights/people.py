"""Who calls, as an identifier, and whose alerts they may see."""

from string import ascii_letters, digits, punctuation
from urllib.parse import quote

from sqlalchemy import ColumnElement, and_, or_, true

from services.insights.tables_alerts import alerts
from services.kit.http.auth import Principal

LONGEST_ID = 64
_VISIBLE = "".join(sorted({*ascii_letters, *digits, *punctuation} - {"%"}))


def person(principal: Principal) -> str:
    """Return who calls as an identifier: other characters are percent-encoded, and what is too long is cut.

    A salesperson's key has the name that customers are assigned to.
    """
    identifier = ""
    for character in principal.name:
        encoded = quote(character, safe=_VISIBLE)
        if len(identifier) + len(encoded) > LONGEST_ID:
            break
        identifier += encoded
    return identifier


def known_as(principal: Principal) -> str:
    """Return whose alerts and channels the caller's own are: the salesperson who is logged in, or else the caller."""
    return principal.staff_id or person(principal)


def sees_everything(principal: Principal) -> bool:
    """Salespeople see their own alerts and those of all of sales; everybody else sees all."""
    return principal.role != "sales"


def visible(principal: Principal) -> ColumnElement[bool]:
    """Return which rows of ``alerts`` somebody may see."""
    if sees_everything(principal):
        return true()
    return or_(
        alerts.c.owner_id == known_as(principal),
        and_(alerts.c.owner_id == "", alerts.c.owner_role == "sales"),
    )


def may_see(principal: Principal, owner_id: str, owner_role: str) -> bool:
    """Say the same of one owner."""
    mine = owner_id == known_as(principal) or (not owner_id and owner_role == "sales")
    return sees_everything(principal) or mine
