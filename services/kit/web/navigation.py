"""Where one can go. One list for all services, so that each of them can draw the whole shell by itself.

A page's entry is here before its page is: :attr:`Entry.built` becomes True with the page, and a test then asks the
service for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from services.kit.http.auth import Principal

EVERYBODY: tuple[str, ...] = ()
DESK = ("finance", "manager", "ops")
TRADE = ("sales", "finance", "manager")


@dataclass(frozen=True, slots=True)
class Entry:
    """One page in the navigation.

    Attributes:
        id: what the page says it is (``nav="held"``); its text is ``nav.<id>`` and its icon ``icon-<id>``.
        href: begins with ``/console/`` and the service that renders it.
        roles: who sees it; empty: everybody. The page itself asks again.
        badge: address of a fragment with a number, such as how many wait; empty: none.
        live: the topic of live news that changes the badge.
    """

    id: str
    href: str
    roles: Sequence[str] = EVERYBODY
    badge: str = ""
    live: str = ""
    built: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Entries under one heading; its text is ``nav.group.<id>``."""

    id: str
    entries: Sequence[Entry]


NAVIGATION: tuple[Group, ...] = (
    Group(
        "work",
        (
            Entry("today", "/console/", built=True),
            Entry(
                "held", "/console/credit/held", DESK, "/console/credit/held-count", "credit.held", built=True
            ),
            Entry(
                "alerts",
                "/console/insights/alerts",
                TRADE,
                "/console/insights/alert-count",
                "insights.alerts",
                built=True,
            ),
            Entry("follow-ups", "/console/customers/follow-ups", ("sales", "manager"), built=True),
        ),
    ),
    Group(
        "customers",
        (
            Entry("customers", "/console/customers/list", built=True),
            Entry("receivables", "/console/credit/receivables", DESK, built=True),
            Entry("prospects", "/console/customers/prospects", ("sales", "manager"), built=True),
            Entry("dormant", "/console/insights/dormant", TRADE, built=True),
        ),
    ),
    Group(
        "insight",
        (
            Entry("forecasts", "/console/insights/forecasts", TRADE, built=True),
            Entry("segments", "/console/insights/segments", TRADE, built=True),
            Entry("margins", "/console/insights/margins", TRADE, built=True),
            Entry("mix", "/console/insights/mix", TRADE, built=True),
            Entry("salespeople", "/console/insights/salespeople", TRADE, built=True),
        ),
    ),
    Group(
        "system",
        (
            Entry("policy", "/console/credit/policy", ("finance", "manager"), built=True),
            Entry("settings", "/console/insights/settings", TRADE, built=True),
            Entry("people", "/console/customers/people", ("admin",), built=True),
            Entry("operations", "/console/operations", ("ops", "manager"), built=True),
        ),
    ),
)

ON_A_PHONE = 4
"""So many entries are in the bar at the bottom of a phone; the rest is behind "more"."""


def may_open(principal: Principal, roles: Sequence[str]) -> bool:
    """Say whether somebody's role is among these (empty: everybody's)."""
    leads = principal.role == "admin" and "manager" in roles
    return not roles or principal.role == "all" or principal.role in roles or leads


def navigation_of(principal: Principal) -> list[Group]:
    """Return what somebody can open, without groups that would be empty."""
    shown = []
    for group in NAVIGATION:
        entries = [e for e in group.entries if e.built and may_open(principal, e.roles)]
        if entries:
            shown.append(Group(group.id, entries))
    return shown


def customer_href(customer_id: str) -> str:
    """Return the address of a customer's page."""
    return f"/console/customers/card/{quote(customer_id, safe='')}"
