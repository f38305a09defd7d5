"""Salespeople: the league of a month."""

from calendar import monthrange
from datetime import date
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from services.insights.api.months import first_day
from services.insights.api.salespeople import LeagueQuery, SalespersonMonth, list_salespeople
from services.insights.api.today import today_of
from services.insights.pages.common import Staff, console, shown, table_of
from services.insights.pages.visit import At, Visit
from services.kit.http.exports import FileForm
from services.kit.web.console import formats_of
from services.kit.web.exports import as_file, filed
from services.kit.web.formats import Formats
from services.kit.web.forms import filters
from services.kit.web.tables import Cell, Column, Link, Money, Number, Part, Plain, Row, Table
from services.kit.web.texts import Language

router = APIRouter(prefix="/console/insights", include_in_schema=False)

PAGE, COMMISSION = "/console/insights/salespeople", "/console/insights/salespeople/commission"
COLLECTED, ARCHIVE = "/console/insights/salespeople/collected", "/console/customers/list"
MARGINS, FORECASTS, SPELLS = (
    f"/console/insights/{page}" for page in ("margins", "forecasts", "dormant/spells")
)
LIVE = ("insights.forecasts",)
ROWS = 50
FIGURES = (
    Column("league.active", sort="active_percent", align="end"),
    Column("league.sales", sort="sales", align="end"),
    Column("league.collections", sort="collections", align="end"),
    Column("league.gap", sort="gap", align="end"),
    Column("league.revived", sort="revived", align="end"),
    Column("league.commission", sort="commission", align="end"),
)
COLUMNS = (Column("league.salesperson", sort="salesperson"), *FIGURES)


class StandingsQuery(LeagueQuery):
    """The list's filters; a page shows fewer rows than a program reads."""

    limit: int = ROWS


Filters = Annotated[StandingsQuery, Depends(filters(StandingsQuery))]


def tabs(current: str, language: Language) -> list[tuple[str, str, bool]]:
    """Return the ways to look at salespeople."""
    ways = (("league", PAGE), ("commission", COMMISSION))
    return [(console.text(language, f"salespeople.tab.{name}"), href, name == current) for name, href in ways]


def person_href(salesperson_id: str) -> str:
    """Return the address of a salesperson's page."""
    return f"{PAGE}/item/{quote(salesperson_id, safe='')}"


@router.get("/salespeople")
async def league_page(query: Filters, at: At) -> HTMLResponse:
    """The league of a month."""
    staff = await at.staff()
    return at.page(
        "salespeople/page.html",
        nav="salespeople",
        live=LIVE,
        tabs=tabs("league", staff.language),
        table=await _table(query, at, staff),
    )


@router.get("/salespeople/list")
async def league_list(query: Filters, at: At) -> HTMLResponse:
    """The list alone."""
    staff = await at.staff()
    table = await _table(query, at, staff)
    return at.listed(table)


@router.get("/salespeople/export.{form}")
async def league_export(form: FileForm, query: Filters, at: At) -> Response:
    """The list with its filters as a file."""
    return await as_file(list_salespeople(filed(query, form), *at.asked))


async def _table(query: StandingsQuery, at: Visit, staff: Staff) -> Table:
    answer = await list_salespeople(shown(query), *at.asked)
    today = await today_of(at.runtime)
    return table_of(
        *(at.request, PAGE, query, answer, lambda month: _row(month, at.request, staff, today)),
        id="league",
        label="salespeople.tab.league",
        live=LIVE,
        columns=COLUMNS,
        default_sort="-sales",
        empty="league.empty",
    )


def _row(month: SalespersonMonth, request: Request, staff: Staff, today: date) -> Row:
    person, below = month.salesperson_id, ", ".join(filter(None, (month.team, month.region)))
    figures = figures_of(month, formats_of(request), today)
    if person is None:
        return Row(cells=(Plain(staff.name(None)), *figures))
    href = person_href(person)
    name = Link(month.name or staff.name(person), href, below)
    return Row(href=href, cells=(name, *figures))


def figures_of(month: SalespersonMonth, formats: Formats, today: date) -> list[Cell]:
    """Return the cells of :data:`FIGURES`, each a link to what it is made of; of nobody no list can be asked for."""
    person, currency = month.salesperson_id, month.currency
    of_month = {"salesperson": person or "", "from": month.month, "to": month.month}
    back = {
        "credited": person or "",
        "revived": "true",
        "revived_from": f"{month.month}-01",
        "revived_to": last_day(month.month),
    }
    overdue = {"salesperson": person or "", "standing": "overdue", "sort": "-overdue"}

    def text(key: str, **values: object) -> str:
        return console.text(formats.language, key, **values)

    def at(page: str, asked: dict[str, str]) -> str:
        return f"{page}?{urlencode(asked)}" if person else ""

    profit = (
        ""
        if month.profit is None
        else text("league.profit", amount=formats.short_money(month.profit, currency))
    )
    took = "" if float(month.clawed_back) == 0 else formats.money(month.clawed_back, currency)
    followed = text("league.follow_ups", n=month.follow_ups)
    return [
        rate_of(month, formats, today),
        Money(month.sales, currency, profit, at(MARGINS, of_month)),
        Money(
            month.collections,
            currency,
            _overdue(month, formats),
            at(COLLECTED, of_month),
            at(ARCHIVE, overdue),
        ),
        _gap(month, formats),
        Number(month.revived, below=followed, href=at(SPELLS, back)),
        Money(
            month.commission,
            currency,
            text("league.clawed_back", amount=took) if took else "",
            at(f"{COMMISSION}/entries", of_month),
        ),
    ]


def _gap(month: SalespersonMonth, formats: Formats) -> Money:
    """Return what is missing of what was expected; of a month that is over, nothing."""
    if month.gap is None or month.expected is None:
        return Money(None, month.currency)
    expected = formats.short_money(month.expected, month.currency)
    person = month.salesperson_id
    href = f"{FORECASTS}?{urlencode({'salesperson': person})}" if person else ""
    return Money(
        month.gap, month.currency, console.text(formats.language, "league.expected", amount=expected), href
    )


def rate_of(month: SalespersonMonth, formats: Formats, today: date) -> Part:
    """Return the active rate, of which customers it is, and whether it has reached its target."""
    rate, target = month.active_percent, month.target_percent
    below = counted_of(month, formats)
    value = {"rate": "–" if rate is None else formats.percent(rate / 100, 1), "below": below, "badge": ""}
    if rate is not None and target is not None:
        reached = rate >= target
        key = "league.target.reached" if reached else "league.target.below"
        value |= {"badge": console.text(formats.language, key), "tone": "good" if reached else "warn"}
    value["href"] = customers_of(month, today)
    return Part("salespeople/rate.html", value)


def customers_of(month: SalespersonMonth, today: date) -> str:
    """Return the list of the customers that a rate is of: today's, or those at the end of a month that is over."""
    if month.salesperson_id is None:
        return ""
    last = last_day(month.month)
    day = {"as_of": last} if last < today.isoformat() else {}
    return f"{ARCHIVE}?{urlencode({'salesperson': month.salesperson_id, **day})}"


def counted_of(month: SalespersonMonth, formats: Formats) -> str:
    """Return how many customers ordered of how many, and the target."""
    counts = {"n": formats.number(month.active), "all": formats.number(month.assigned)}
    counted = console.text(formats.language, "league.of", **counts)
    if month.target_percent is None:
        return counted
    percent = formats.percent(month.target_percent / 100)
    return f"{counted} · {console.text(formats.language, 'league.target.of', percent=percent)}"


def last_day(month: str) -> str:
    """Return the last day of a month such as "2026-11"."""
    first = first_day(month)
    assert first is not None
    return first.replace(day=monthrange(first.year, first.month)[1]).isoformat()


def _overdue(month: SalespersonMonth, formats: Formats) -> str:
    if not month.overdue or float(month.overdue) == 0:
        return ""
    amount = formats.short_money(month.overdue, month.currency)
    share = "" if month.overdue_percent is None else f" ({formats.percent(month.overdue_percent / 100)})"
    return console.text(formats.language, "league.overdue", amount=f"{amount}{share}")
