"""Figures on pages: tiles, bars of a whole, and charts, each with what it says in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from services.kit.web.tables import Tone


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure with what it means, leading to what it is made of.

    Attributes:
        text: key of what the figure is.
        value: written already.
        below: what to compare it with, written already.
        tone: bad, warn or good: whether somebody should do something.
    """

    text: str
    value: str
    href: str = ""
    below: str = ""
    tone: Tone = "neutral"


@dataclass(frozen=True, slots=True)
class Slice:
    """Part of a bar, in the bar's unit. ``text``: key of what it is; ``shown``: written already."""

    text: str
    size: float
    shown: str
    tone: Literal["one", "two", "three", "four", "over"] = "one"


@dataclass(frozen=True, slots=True)
class Bar:
    """Parts of a whole in a row, such as an exposure against its limit.

    Attributes:
        mark: where the limit is, in the same unit; None: there is none.
        mark_shown: the limit, written already.
    """

    slices: Sequence[Slice]
    mark: float | None = None
    mark_text: str = ""
    mark_shown: str = ""

    @property
    def whole(self) -> float:
        """What the bar's length stands for: whichever is longer, with a little room behind the mark."""
        total = sum(max(0.0, part.size) for part in self.slices)
        return max(total, (self.mark or 0.0) * 1.05, 1e-9)

    def placed(self) -> list[tuple[Slice, float, float]]:
        """Return each part with where it begins and how long it is, in percent."""
        at, found = 0.0, []
        for part in self.slices:
            size = max(0.0, part.size) / self.whole * 100
            found.append((part, at, size))
            at += size
        return found

    @property
    def mark_at(self) -> float | None:
        """Where the mark is, in percent."""
        return None if self.mark is None else self.mark / self.whole * 100


@dataclass(frozen=True, slots=True)
class Series:
    """One line or one kind of columns of a chart. ``text``: key of its name."""

    text: str
    values: Sequence[float | None]
    kind: Literal["line", "bars", "points", "area"] = "line"
    colour: Literal["one", "two", "three", "four", "good", "bad", "soft"] = "one"


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart, and the same as a table for those who do not see it.

    Attributes:
        id: unique on the page.
        label: key of what it shows.
        x: categories (such as days, written already), or numbers.
        unit: what y is: "number", "percent", or a currency code.
        x_unit: the same of x where it is numbers.
        labels: of a scatter, what each point is, for who points at it; its line has none ("").
        hrefs: where a press on each of these points leads.
        table: whether the same is shown as a table; not where the page's own list has it.
    """

    id: str
    label: str
    x: Sequence[str] | Sequence[float]
    series: Sequence[Series]
    unit: str = "number"
    x_text: str = "kit.chart.x"
    height: int = 240
    x_unit: str = "number"
    labels: Sequence[str] = ()
    hrefs: Sequence[str] = ()
    table: bool = True

    @property
    def by_number(self) -> bool:
        """Whether x is a scale of numbers instead of categories."""
        return bool(self.x) and not isinstance(self.x[0], str)

    @property
    def drawn(self) -> list[dict[str, object]]:
        """What the script draws."""
        return [{"values": list(s.values), "kind": s.kind, "colour": s.colour} for s in self.series]
