"""Customers gone quiet, by what is at stake; and those that came back."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from services.insights.api.dormancy import DormantCustomer, DormantQuery, list_dormant
from services.insights.api.revival import Spell, SpellQuery, list_spells
from services.insights.pages.common import Staff, console, shown, table_of
from services.insights.pages.visit import At, Visit
from services.kit.http.exports import FileForm
from services.kit.http.scope import View
from services.kit.web.console import formats_of
from services.kit.web.exports import as_file, filed
from services.kit.web.forms import filters
from services.kit.web.navigation import customer_href
from services.kit.web.tables import (
    Badge,
    Column,
    Customer,
    Day,
    Money,
    Percent,
    Plain,
    Row,
    Table,
    Tone,
)
from services.kit.web.texts import Language

router = APIRouter(prefix="/console/insights", include_in_schema=False)

PAGE, SPELLS = "/console/insights/dormant", "/console/insights/dormant/spells"
RATES, EFFECT = "/console/insights/dormant/rates", "/console/insights/dormant/effect"
LIVE = ("insights.forecasts",)
ROWS = 50
COLUMNS = (
    Column("dormant.customer", wide=True),
    Column("dormant.silence", sort="silence", align="end"),
    Column("dormant.amount", sort="amount", align="end"),
    Column("dormant.chance", align="end"),
    Column("dormant.stake", sort="at_stake", align="end"),
    Column("dormant.followed_up"),
    Column("dormant.salesperson"),
)
SPELL_COLUMNS = (
    Column("dormant.customer", sort="customer", wide=True),
    Column("spells.on", sort="dormant_on"),
    Column("spells.days", sort="dormant_days", align="end"),
    Column("spells.revived"),
    Column("spells.credited"),
    Column("spells.follow_up"),
)


class QuietQuery(DormantQuery):
    """The list's filters; a page shows fewer rows than a program reads."""

    limit: int = ROWS


class SilenceQuery(SpellQuery):
    """The list's filters."""

    limit: int = ROWS


Filters = Annotated[QuietQuery, Depends(filters(QuietQuery))]
SpellFilters = Annotated[SilenceQuery, Depends(filters(SilenceQuery))]


def tabs(current: str, language: Language, view: View) -> list[tuple[str, str, bool]]:
    """Return the ways to look at dormancy; the effect of follow-ups is of all customers together."""
    ways = [("dormant", PAGE), ("spells", SPELLS), ("rates", RATES)]
    ways += [("effect", EFFECT)] if view.everything else []
    return [(console.text(language, f"dormant.tab.{name}"), href, name == current) for name, href in ways]


@router.get("/dormant")
async def dormant_page(query: Filters, at: At) -> HTMLResponse:
    """Who has gone quiet."""
    staff = await at.staff()
    return at.page(
        "dormant/page.html",
        nav="dormant",
        live=LIVE,
        tabs=tabs("dormant", staff.language, at.view),
        table=await _quiet(query, at, staff),
        staff=at.choices(staff),
    )


@router.get("/dormant/list")
async def dormant_list(query: Filters, at: At) -> HTMLResponse:
    """The list alone."""
    staff = await at.staff()
    table = await _quiet(query, at, staff)
    return at.listed(table)


@router.get("/dormant/export.{form}")
async def dormant_export(form: FileForm, query: Filters, at: At) -> Response:
    """The list with its filters as a file."""
    return await as_file(list_dormant(filed(query, form), *at.asked))


@router.get("/dormant/spells")
async def spells_page(query: SpellFilters, at: At) -> HTMLResponse:
    """Who was quiet when, and who came back."""
    language = at.language
    return at.page(
        "dormant/spells.html",
        nav="dormant",
        live=LIVE,
        tabs=tabs("spells", language, at.view),
        table=await _spells(query, at),
    )


@router.get("/dormant/spells/list")
async def spells_list(query: SpellFilters, at: At) -> HTMLResponse:
    """The list alone."""
    table = await _spells(query, at)
    return at.listed(table)


@router.get("/dormant/spells/export.{form}")
async def spells_export(form: FileForm, query: SpellFilters, at: At) -> Response:
    """The list with its filters as a file."""
    return await as_file(list_spells(filed(query, form), *at.asked))


async def _quiet(query: QuietQuery, at: Visit, staff: Staff) -> Table:
    answer = await list_dormant(shown(query), *at.asked)
    return table_of(
        *(at.request, PAGE, query, answer, lambda customer: _row(customer, at.request, staff)),
        id="dormant",
        label="dormant.title",
        live=LIVE,
        columns=COLUMNS,
        default_sort="-at_stake",
        empty="dormant.empty",
    )


def _row(found: DormantCustomer, request: Request, staff: Staff) -> Row:
    formats = formats_of(request)
    usual = ""
    if found.usual_gap is not None:
        usual = console.text(staff.language, "dormant.usual", days=formats.days(round(found.usual_gap)))
    never = console.text(staff.language, "dormant.never")
    silence = never if found.silence is None else formats.days(found.silence)
    nobody = console.text(staff.language, "dormant.not_followed_up") if not found.followed_up_on else ""
    return Row(
        href=customer_href(found.customer_id),
        cells=(
            Customer(found.customer_id, found.name),
            Plain(silence, usual),
            Money(found.amount, found.currency, ", ".join(found.categories[:2])),
            Percent(found.chance_of_return, 1),
            Money(found.at_stake, found.currency),
            Day(found.followed_up_on, below=nobody),
            Plain(staff.name(found.salesperson_id)),
        ),
    )


async def _spells(query: SilenceQuery, at: Visit) -> Table:
    staff = await at.staff()
    answer = await list_spells(shown(query), *at.asked)
    return table_of(
        *(at.request, SPELLS, query, answer, lambda spell: _spell(spell, at.request, staff)),
        id="spells",
        label="dormant.tab.spells",
        live=LIVE,
        columns=SPELL_COLUMNS,
        default_sort="-dormant_on",
        empty="spells.empty",
    )


def _spell(spell: Spell, request: Request, staff: Staff) -> Row:
    tone: Tone = "good" if spell.revived_on else "warn"
    lasts = console.text(staff.language, "spells.back" if spell.revived_on else "spells.lasts")
    back = "" if spell.revived_on is None else formats_of(request).day(spell.revived_on)
    ways = [w for w, found in (("days", spell.by_days), ("rhythm", spell.by_rhythm)) if found]
    return Row(
        href=customer_href(spell.customer_id),
        cells=(
            Customer(spell.customer_id, spell.name),
            Day(
                spell.dormant_on,
                below=" · ".join(console.text(staff.language, f"dormant.by.{w}") for w in ways),
            ),
            Plain(formats_of(request).days(spell.dormant_days)),
            Badge(lasts, tone, back),
            Plain(staff.name(spell.credited_to) if spell.credited_to else "–"),
            Plain(staff.name(spell.followed_up_by) if spell.follow_up_id else "–"),
        ),
    )
