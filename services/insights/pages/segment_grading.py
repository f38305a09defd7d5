"""How good grades are: whether they order profit (accuracy), what they bring (effect), freshness and coverage."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from services.insights.api.segment_history import (
    GradeJudged,
    Judgement,
    JudgementQuery,
    judge_grading,
)
from services.insights.pages.common import Trade, console, sentences
from services.insights.pages.segment_parts import CUSTOMERS, LIVE, MIGRATION, tabs
from services.insights.rules.segment_policy import Grade
from services.insights.rules.windows import month_after
from services.insights.store.policies import policy_in_force
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.problems import Problem
from services.kit.http.scope import COMPANY, view_of
from services.kit.runtime import Runtime
from services.kit.verify import snapshot
from services.kit.web.figures import Chart, Series
from services.kit.web.forms import filters
from services.kit.web.tables import Column, Link, Money, Number, Part, Plain, Row, Table
from services.kit.web.texts import Language, language_of

router = APIRouter(prefix="/console/insights", include_in_schema=False, dependencies=[COMPANY])

NOT_YET = 404
COLUMNS = (
    Column("group.grade"),
    Column("groups.customers", align="end"),
    Column("dimension.profit", align="end"),
    Column("judge.each", align="end"),
    Column("judge.before", align="end"),
    Column("judge.lift", align="end"),
)
SERVICE = (
    Column("group.grade"),
    Column("judge.from", align="end"),
    Column("judge.priority", align="end"),
    Column("judge.visit"),
    Column("judge.price", wide=True),
)
Filters = Annotated[JudgementQuery, Depends(filters(JudgementQuery))]


@router.get("/segments/grading")
async def grading_page(
    query: Filters, request: Request, runtime: LiveRuntime, principal: Trade
) -> HTMLResponse:
    """The judgement of a month, and how grades are served."""
    language = language_of(request)
    return console.page(
        request,
        principal,
        "segments/grading.html",
        nav="segments",
        live=LIVE,
        tabs=tabs("grading", language, view_of(runtime, principal)),
        **await _judged(query, runtime, language),
    )


@router.get("/segments/grading/part")
async def grading_part(
    query: Filters, request: Request, runtime: LiveRuntime, principal: Trade
) -> HTMLResponse:
    """The judgement alone."""
    values = await _judged(query, runtime, language_of(request))
    return console.fragment(request, principal, "segments/grading_part.html", **values)


async def _judged(query: JudgementQuery, runtime: Runtime, language: Language) -> dict[str, Any]:
    async with snapshot(runtime.database) as connection:
        grades = (await policy_in_force(connection)).policy.grading.grades
    served = _table("service", "judge.service", SERVICE, [_service(grade, language) for grade in grades])
    judgement: Judgement | None = None
    try:
        judgement = await judge_grading(query, runtime)
    except Problem as error:  # No month is over yet.
        if error.status != NOT_YET:
            raise
    if judgement is None:
        return {"judgement": None, "served": served}
    rows = [_row(grade, judgement) for grade in judgement.grades]
    chart = Chart(
        id="judge-chart",
        label="judge.chart",
        x=[grade.grade for grade in judgement.grades],
        series=[
            Series("judge.each", [float(grade.profit_per_customer) for grade in judgement.grades], "bars")
        ],
        unit=judgement.currency,
        x_text="group.grade",
        height=180,
    )
    everybody = judgement.coverage["customers"]
    coverage = [
        (name, judgement.coverage[name], judgement.coverage[name] / everybody if everybody else 0)
        for name in ("graded", "with_standing", "with_margin", "with_prospects")
    ]
    return {
        "judgement": judgement,
        "ages": list(judgement.median_age_days.items()),
        "coverage": coverage,
        "everybody": everybody,
        "reading": _reading(judgement),
        "judged": _table("judged", "judge.accuracy", COLUMNS, rows),
        "chart": chart,
        "served": served,
    }


def _reading(judgement: Judgement) -> str:
    """Say what a rank correlation means: weak below 0.3, strong from 0.6 on."""
    if judgement.rank_correlation is None:
        return "judge.reading.none"
    value = Decimal(judgement.rank_correlation)
    weak, strong = Decimal("0.3"), Decimal("0.6")
    return f"judge.reading.{'strong' if value >= strong else 'some' if value >= weak else 'weak'}"


def _row(found: GradeJudged, judgement: Judgement) -> Row:
    """Return a grade; its customers are those that had it before the month began."""
    currency, month = judgement.currency, judgement.month
    before = f"{month_after(date.fromisoformat(f'{month}-01'), -1):%Y-%m}"
    asked = {"from": before, "to": month, "dimension": "grade", "previous": found.grade, "currency": currency}
    href = f"{MIGRATION}/customers?{urlencode(asked)}"
    return Row(
        cells=(
            Link(found.grade, f"{CUSTOMERS}?grade={found.grade}&currency={currency}"),
            Part("segments/count.html", {"count": found.customers, "href": href}),
            Money(found.profit, currency, href=href),
            Money(found.profit_per_customer, currency, href=href),
            Money(found.profit_per_customer_before, currency),
            Number(found.lift, 2),
        )
    )


def _service(grade: Grade, language: Language) -> Row:
    every = console.text(language, "judge.every", n=grade.visit_every_days)
    return Row(
        cells=(
            Link(grade.grade, f"{CUSTOMERS}?grade={grade.grade}"),
            Number(grade.from_percent),
            Number(grade.priority),
            Plain(every),
            Plain(sentences.read(grade.price, language)),
        )
    )


def _table(id_: str, label: str, columns: tuple[Column, ...], rows: list[Row]) -> Table:
    return Table(id=id_, label=label, page="", path="", columns=columns, rows=rows)
