"""Why a customer has its classes and its grade: values, ranks, boundaries and points."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse

from contracts.wire import Currency, Id
from services.insights.api.segment_answers import CustomerSegment
from services.insights.api.segment_why import Why, WhyInDimension, explain
from services.insights.api.segments import show_segments
from services.insights.pages.common import Trade, console
from services.insights.pages.segment_parts import CLASS_TONES, LIVE, PAGE, value_cell, value_shown
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.scope import OF_CUSTOMER
from services.kit.web.console import formats_of
from services.kit.web.formats import Formats
from services.kit.web.tables import Badge, Column, Link, Number, Part, Percent, Plain, Row, Table
from services.kit.web.texts import Language, language_of

router = APIRouter(prefix="/console/insights", include_in_schema=False, dependencies=[OF_CUSTOMER])

COLUMNS = (
    Column("why.dimension"),
    Column("abc.class"),
    Column("abc.value", align="end"),
    Column("abc.rank", align="end"),
    Column("abc.share", align="end"),
    Column("abc.before", align="end"),
    Column("why.weight", align="end"),
    Column("why.reading", wide=True),
)
FACTORS = (
    Column("why.factor", wide=True),
    Column("why.points", align="end"),
    Column("why.weight", align="end"),
)


@router.get("/segments/why/{customer_id:path}")
async def why_page(
    customer_id: Annotated[Id, Path()],
    request: Request,
    runtime: LiveRuntime,
    principal: Trade,
    currency: Annotated[Currency | None, Query()] = None,
) -> HTMLResponse:
    """Why the customer is what it is."""
    why = await explain(customer_id, runtime, currency)
    found = {segment.currency: segment for segment in await show_segments(customer_id, runtime)}
    customer: CustomerSegment | None = found.get(why.currency)
    language, href = language_of(request), f"{PAGE}/why/{customer_id}"
    return console.page(
        request,
        principal,
        "segments/why.html",
        nav="segments",
        live=LIVE,
        why=why,
        name=(customer.name if customer else "") or customer_id,
        customer=customer,
        currencies=[(c, f"{href}?currency={c}", c == why.currency) for c in sorted(found)],
        crumbs=[(console.text(language, "segments.title"), PAGE)],
        dimensions=_dimensions(why, href, formats_of(request), language),
        factors=_factors(why, href, language),
    )


def _dimensions(why: Why, href: str, formats: Formats, language: Language) -> Table:
    def row(found: WhyInDimension) -> Row:
        name = console.text(language, f"dimension.{found.dimension}")
        ranked = console.text(language, "why.among", n=formats.number(found.ranked))
        known = found.rank is not None
        return Row(
            cells=(
                Link(name, f"{PAGE}?dimension={found.dimension}&currency={why.currency}"),
                Badge(found.abc_class or "–", CLASS_TONES.get(found.abc_class, "neutral")),
                value_cell(found.dimension, found.value, why.currency),
                Number(found.rank, below=ranked if known else ""),
                Percent(Decimal(found.share_percent) / 100, 1),
                Percent(Decimal(found.above_percent) / 100 if known else None, 1),
                Number(found.weight),
                Part(
                    "segments/reading.html",
                    {"id": found.dimension, "text": _reading(found, why.currency, formats, language)},
                ),
            )
        )

    return Table(
        id="dimensions",
        label="why.dimensions",
        page=href,
        path=href,
        columns=COLUMNS,
        rows=[row(found) for found in why.dimensions],
    )


def _reading(found: WhyInDimension, currency: str, formats: Formats, language: Language) -> str:
    """Say what is missing to the next class, or down to which value the class is kept."""
    if found.abc_class is None:
        unknown = found.value is None
        return console.text(language, "why.unknown" if unknown else "why.nobody")
    if found.rank is None:
        return console.text(language, "why.nothing")
    ends = {"A": (found.a_from, found.a_until_percent), "B": (found.b_from, found.b_until_percent)}

    def said(key: str, class_: str) -> str:
        value, percent = ends[class_]
        if value is None:
            return ""
        written = value_shown(found.dimension, value, currency, formats)
        return console.text(language, key, **{"class": class_, "value": written, "percent": percent})

    if found.abc_class == "A":
        return said("why.keeps", "A")
    if found.abc_class == "B":
        return f"{said('why.becomes', 'A')} {said('why.keeps', 'B')}".strip()
    return said("why.becomes", "B")


def _factors(why: Why, href: str, language: Language) -> Table:
    return Table(
        id="factors",
        label="why.factors",
        page=href,
        path=href,
        columns=FACTORS,
        rows=[
            Row(
                cells=(
                    Plain(
                        console.text(language, f"factor.{factor.factor}"),
                        "" if factor.points is not None else console.text(language, "why.left_out"),
                    ),
                    Number(factor.points),
                    Number(factor.weight),
                )
            )
            for factor in why.factors
        ],
    )
