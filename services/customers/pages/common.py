"""What the pages of this service share."""

from datetime import datetime
from typing import get_args
from urllib.parse import quote
from zoneinfo import ZoneInfo

from contracts.events.customers import SatisfactionSource
from contracts.events.follow_ups import FollowUpOutcome, How
from services.customers.texts import TEXTS
from services.customers.texts.sentences import SENTENCES
from services.kit.http.auth import Principal
from services.kit.web.console import Console
from services.kit.web.navigation import may_open
from services.kit.web.sentences import reader_of

console = Console("services.customers", TEXTS)
sentences = reader_of(SENTENCES)

HOWS: tuple[str, ...] = get_args(How)
OUTCOMES: tuple[str, ...] = get_args(FollowUpOutcome)
SOURCES: tuple[str, ...] = get_args(SatisfactionSource)
KEEPERS = ("system", "sales", "finance", "manager")


def may_keep(principal: Principal) -> bool:
    """Say whether somebody writes cards and follow-ups; who only reads has no buttons."""
    return may_open(principal, KEEPERS)


def may_assign(principal: Principal) -> bool:
    """Say whether somebody hands customers over."""
    return may_open(principal, ("manager",))


def prospect_href(prospect_id: str) -> str:
    """Return the address of a prospect's page."""
    return f"/console/customers/prospects/item/{quote(prospect_id, safe='')}"


def moment_of(text: str, zone: ZoneInfo) -> str:
    """Return what a browser's field for date and time holds, as an instant; another text stays as it is."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone).isoformat()
    except ValueError:
        return text
