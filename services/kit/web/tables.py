"""Lists on pages: what the columns are, and cells that are written the same way everywhere.

The macro ``ui.table(table)`` draws it: a table with a sticky header, sortable columns and links, which becomes a list
of cards on a phone. Search, filters, order and pages are the server's, through the same query as the JSON route.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, TypeAlias

from services.kit.http.pages import PageQuery

Tone = Literal["neutral", "good", "warn", "bad", "info"]
Align = Literal["start", "end"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        text: key of its heading.
        sort: the list's name for this order; empty: it cannot be sorted by.
        align: numbers stand at the end, so that their digits do.
        wide: takes what room is left.
    """

    text: str
    sort: str = ""
    align: Align = "start"
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Plain:
    """Text as it is, with something smaller below it."""

    text: str
    below: str = ""
    kind: str = field(default="plain", init=False)


@dataclass(frozen=True, slots=True)
class Link:
    """A link to what it names; what stands below it may lead somewhere, too."""

    text: str
    href: str
    below: str = ""
    below_href: str = ""
    kind: str = field(default="link", init=False)


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer: the name is put in by the page when this service does not know it."""

    customer_id: str
    name: str = ""
    kind: str = field(default="customer", init=False)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount (a decimal string) and, smaller below it, what it is; None: nothing there.

    ``href`` leads to what the amount is made of, ``below_href`` to what is behind the text below.
    """

    amount: str | Decimal | None
    currency: str
    below: str = ""
    href: str = ""
    below_href: str = ""
    kind: str = field(default="money", init=False)


@dataclass(frozen=True, slots=True)
class Number:
    """A number; ``href`` leads to what it counts."""

    value: int | float | str | Decimal | None
    decimals: int = 0
    below: str = ""
    href: str = ""
    kind: str = field(default="number", init=False)


@dataclass(frozen=True, slots=True)
class Percent:
    """A share: 0.5 is 50 %; ``href`` leads to what it is a share of."""

    share: float | Decimal | None
    decimals: int = 0
    href: str = ""
    kind: str = field(default="percent", init=False)


@dataclass(frozen=True, slots=True)
class Day:
    """A date; ``tone`` marks one that has passed."""

    day: date | None
    tone: Tone = "neutral"
    below: str = ""
    kind: str = field(default="day", init=False)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time, in the business's zone."""

    at: datetime | None
    kind: str = field(default="moment", init=False)


@dataclass(frozen=True, slots=True)
class Badge:
    """A status: a word that is coloured, never a colour alone."""

    text: str
    tone: Tone = "neutral"
    below: str = ""
    kind: str = field(default="badge", init=False)


@dataclass(frozen=True, slots=True)
class Badges:
    """Several of them."""

    badges: Sequence[Badge]
    kind: str = field(default="badges", init=False)


@dataclass(frozen=True, slots=True)
class Part:
    """A template of the service's own, for what no other cell can show; it is given ``value``."""

    template: str
    value: object
    kind: str = field(default="part", init=False)


Cell: TypeAlias = Plain | Link | Customer | Money | Number | Percent | Day | Moment | Badge | Badges | Part


@dataclass(frozen=True, slots=True)
class Row:
    """One line, and the page it leads to (empty: none)."""

    cells: Sequence[Cell]
    href: str = ""
    tone: Tone = "neutral"


@dataclass(frozen=True, slots=True)
class Table:
    """A list as a page shows it.

    Attributes:
        id: unique on the page; the list is loaded anew into the element with it.
        label: key of what the list is, for those who hear the page.
        page: address of the page that the list is on, without a query.
        path: address of the fragment with the list alone, without a query.
        live: topics whose news make the list be loaded anew.
        query: what was asked for; its order is shown in the headings.
        next: cursor of the next page; None: this is the last one.
        default_sort: the order without one being asked for.
        empty: key of what to say when there is nothing; ``<key>.hint`` says what to do.
        exports: pairs of a format's name and the address of everything in it.
    """

    id: str
    label: str
    page: str
    path: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    live: Sequence[str] = ()
    query: PageQuery | None = None
    next: str | None = None
    default_sort: str = ""
    empty: str = "kit.empty"
    exports: Sequence[tuple[str, str]] = ()

    @property
    def sort(self) -> str:
        """The order in force."""
        return (self.query.sort if self.query is not None else None) or self.default_sort

    def turned(self, column: Column) -> str:
        """Return the order that a press on a heading asks for: upwards first, then downwards."""
        return f"-{column.sort}" if self.sort == column.sort else column.sort

    def direction(self, column: Column) -> str:
        """Return the column's ``aria-sort``."""
        if not column.sort or self.sort.removeprefix("-") != column.sort:
            return "none"
        return "descending" if self.sort.startswith("-") else "ascending"

    @property
    def first_page(self) -> bool:
        """Whether nothing comes before it."""
        return self.query is None or self.query.cursor is None
