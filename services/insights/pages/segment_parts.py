"""What the pages of segments share: ways to look at them, names of classes and groups, and links to the why."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, get_args
from urllib.parse import quote, urlencode

from services.insights.api.segments import WhoQuery
from services.insights.pages.common import console
from services.insights.rules.life_cycle import Stage
from services.insights.rules.numbers import MONEY
from services.insights.rules.rfm import GROUPS
from services.insights.store.policies import policy_in_force
from services.kit.http.scope import View
from services.kit.runtime import Runtime
from services.kit.verify import snapshot
from services.kit.web.formats import Formats
from services.kit.web.tables import Badge, Cell, Money, Number, Part, Percent, Tone
from services.kit.web.texts import Language

PAGE = "/console/insights/segments"
CUSTOMERS, GROUPS_PAGE = f"{PAGE}/customers", f"{PAGE}/groups"
CHANGES, MIGRATION, GROWTH, GRADING = (
    f"{PAGE}/{name}" for name in ("changes", "migration", "growth", "grading")
)
LIVE = ("insights.forecasts",)
ROWS = 50
CLASSES = ("A", "B", "C")
CLASS_TONES: dict[str | None, Tone] = {"A": "good", "B": "info", "C": "neutral"}
RFM = tuple(dict.fromkeys(name for row in reversed(GROUPS) for name in reversed(row)))
TIERS = ("platinum", "gold", "iron", "lead", "loss")
STAGES: tuple[str, ...] = get_args(Stage)
NAMED = {"rfm_group": "rfm", "tier": "tier", "stage": "stage"}
"""Ways to group whose groups have names; the others have letters."""
RANKS: dict[str, tuple[str, ...]] = {"rfm_group": RFM, "tier": TIERS, "stage": STAGES}
"""Their groups in an order that means something."""


def tabs(current: str, language: Language, view: View) -> list[tuple[str, str, bool]]:
    """Return the ways to look at segments; some are of all customers together."""
    ways = [("abc", PAGE), ("customers", CUSTOMERS), ("groups", GROUPS_PAGE), ("changes", CHANGES)]
    if view.everything:
        ways += [("migration", MIGRATION), ("growth", GROWTH), ("grading", GRADING)]
    return [(console.text(language, f"segments.tab.{name}"), href, name == current) for name, href in ways]


def named(prefix: str, values: Iterable[str], language: Language) -> list[tuple[str, str]]:
    """Return values with their names, for a select."""
    return [(value, console.text(language, f"{prefix}.{value}")) for value in values]


def group_name(kind: str, group: str | None, language: Language) -> str:
    """Return what a class or group is called; ``kind``: overall, a dimension, rfm_group, tier, grade or stage."""
    if group is None:
        return console.text(language, "groups.none")
    return console.text(language, f"{NAMED[kind]}.{group}") if kind in NAMED else group


async def groups_of(kind: str, runtime: Runtime, language: Language) -> list[tuple[str, str]]:
    """Return the groups that there are, for a select: grades are those of the policy in force."""
    groups = RANKS.get(kind, CLASSES)
    if kind == "grade":
        async with snapshot(runtime.database) as connection:
            groups = tuple(g.grade for g in (await policy_in_force(connection)).policy.grading.grades)
    return [(group, group_name(kind, group, language)) for group in groups]


def in_order(kind: str, groups: Iterable[str | None]) -> list[str | None]:
    """Return groups from the best to the worst, none at the end."""
    ranks = RANKS.get(kind, ())
    known = {group for group in groups if group is not None}
    found = [group for group in ranks if group in known] or sorted(known)
    return [*found, *([None] if None in groups else [])]


def value_cell(dimension: str, value: str | None, currency: str) -> Cell:
    """Return a value of a dimension as it is written: money, percent, or a number."""
    if value is None or dimension in MONEY:
        return Money(value, currency)
    if dimension == "margin":
        return Percent(Decimal(value) / 100, 1)
    return Number(Decimal(value), 0 if Decimal(value) == int(Decimal(value)) else 1)


def value_shown(dimension: str, value: str, currency: str, formats: Formats) -> str:
    """Return the same in a sentence."""
    if dimension in MONEY:
        return formats.money(value, currency)
    if dimension == "margin":
        return formats.percent(Decimal(value) / 100, 1)
    return formats.number(Decimal(value), 0 if Decimal(value) == int(Decimal(value)) else 1)


def why_href(customer_id: str, currency: str | None = None, dimension: str | None = None) -> str:
    """Return the page that says why a customer has its classes, at one dimension."""
    asked = f"?{urlencode({'currency': currency})}" if currency else ""
    return f"{PAGE}/why/{quote(customer_id, safe='')}{asked}{f'#{dimension}' if dimension else ''}"


def class_cell(
    customer_id: str, class_: str | None, currency: str | None = None, dimension: str | None = None
) -> Part:
    """Return a class that leads to why it is so."""
    badge = Badge(class_ or "–", CLASS_TONES.get(class_, "neutral"))
    href = why_href(customer_id, currency, dimension)
    return Part("segments/class.html", {"badge": badge, "href": href, "customer": customer_id})


def same_customers(query: WhoQuery, **more: Any) -> str:
    """Return the query of an address that asks for the same customers as a page, and for more of them."""
    kept = {name: getattr(query, name) for name in WhoQuery.model_fields} | more
    asked = {name: value for name, value in kept.items() if value}
    return f"?{urlencode(asked)}" if asked else ""
