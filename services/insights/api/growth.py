"""``GET /insights/forecasts/growth``: who is about to become a big customer, with every factor that says so."""

from datetime import date
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field
from sqlalchemy import Row, select

from contracts.money import decimal_string
from services.insights.api.forecast_answers import Customer
from services.insights.api.listing import CSV, listing
from services.insights.api.segments import READERS, FilterQuery
from services.insights.store.growth_reads import growing
from services.insights.store.policies import InForce, policy_in_force
from services.insights.store.segment_reads import known
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import Ordering, Page
from services.kit.http.scope import Own
from services.kit.verify import snapshot

router = APIRouter(prefix="/insights/forecasts", tags=["forecasts"], dependencies=READERS)


class GrowthCandidate(Customer):
    """A customer that is about to become a big one. Points are 0 to 1 each; the score weighs them by the policy."""

    score: float | None = Field(description="0 to 100: points by their weights, factors not known left out")
    policy_version: int = Field(
        description="of /insights/segments/policies, with the weights in its part growing"
    )
    amount_class: str | None = Field(description="B or C in the window; null: not ranked yet")
    window_amount: str = Field(description="of the window that classes are made of")
    recent_orders: int = Field(description="in the whole months before this one that are compared")
    recent_amount: str = Field(description="of those months, returns subtracted")
    earlier_amount: str = Field(description="of as many months before them")
    growth_percent: float | None = Field(description="recent against earlier; null: nothing earlier")
    company_growth_percent: float | None = Field(description="the same of all customers")
    trend_percent: float | None = Field(description="growth beyond the company's; null counts as full trend")
    trend_points: float
    products: int = Field(description="distinct ones in the window")
    breadth_points: float = Field(description="share of the ordering customers with fewer products")
    profit: str | None = Field(description="of the recent months; null: no cost is known")
    profit_share_percent: float | None = Field(description="of all profit in those months")
    profit_points: float | None = Field(description="share of the ordering customers with less profit")
    expected_amount_90: str | None = Field(description="forecast of the next 90 days")
    big_from: str | None = Field(description="least amount in the window that is class A today")
    reach_percent: float | None = Field(
        description="what is forecast, for as long as the window, against big_from"
    )
    reach_points: float | None
    expected_day: date | None = Field(description="of the next order")


@router.get("/growth", responses=CSV, response_model=Page[GrowthCandidate])
async def list_growth_candidates(
    query: Annotated[FilterQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    view: Own,
) -> Page[GrowthCandidate] | Response:
    """Show who is about to become a big customer by trend, forecast, share of profit and breadth, the best first."""
    async with snapshot(runtime.database) as connection:
        rule = await policy_in_force(connection)
    found = growing(await query.filter(runtime, view), rule.policy)
    names = ("score", "trend_points", "reach", "profit", "products", "amount_90")
    sorts = {name: known(found.c[name]) for name in names} | {"customer": found.c.customer_id}
    ordering = Ordering(sorts, unique=found.c.customer_id, default="-score")
    currency = query.currency or runtime.settings.currency
    return await listing(
        *(request, response, runtime, select(found), ordering, query),
        *(partial(_candidate, rule, currency), GrowthCandidate, "growth-candidates"),
    )


def _candidate(rule: InForce, currency: str, row: Row[Any]) -> GrowthCandidate:
    def money(minor: Any) -> Any:
        return None if minor is None else decimal_string(int(minor), currency)

    def percent(share: Any) -> Any:
        return None if share is None else round(100 * float(share), 2)

    mapping = row._mapping
    return GrowthCandidate(
        **{n: mapping[n] for n in Customer.model_fields if n != "currency"},
        **{n: mapping[n] for n in ("amount_class", "recent_orders", "products", "expected_day")},
        **{
            f"{n}_points": None if mapping[f"{n}_points"] is None else round(mapping[f"{n}_points"], 4)
            for n in ("trend", "breadth", "profit", "reach")
        },
        currency=currency,
        policy_version=rule.version,
        score=None if row.score is None else round(row.score, 2),
        window_amount=money(row.window_amount),
        recent_amount=money(row.recent),
        earlier_amount=money(row.earlier),
        growth_percent=None if row.growth is None else percent(row.growth - 1),
        company_growth_percent=None if row.company_growth is None else percent(row.company_growth - 1),
        trend_percent=percent(row.trend),
        profit=money(row.profit),
        profit_share_percent=percent(row.profit_share),
        expected_amount_90=money(row.amount_90),
        big_from=money(row.least),
        reach_percent=percent(row.reach),
    )
