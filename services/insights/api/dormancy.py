"""``GET /insights/dormant``: who has gone silent, what it bought, how likely it comes back, and what is at stake."""

from datetime import date
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field
from sqlalchemy import Row, select

from contracts.money import decimal_string
from contracts.wire import Id
from services.insights.api.forecast_answers import Customer
from services.insights.api.listing import CSV, listing
from services.insights.api.months import Month
from services.insights.api.segments import READERS, FilterQuery
from services.insights.rules.windows import month_after
from services.insights.store.dormancy_reads import Dormancy, behind, dormant, most_at_stake
from services.insights.store.policies import policy_in_force
from services.insights.store.segment_reads import known
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import Ordering, Page, read_page
from services.kit.http.scope import Own, View
from services.kit.verify import snapshot

router = APIRouter(prefix="/insights", tags=["dormancy"], dependencies=READERS)

KINDS = {"days": "by_days", "rhythm": "by_rhythm", "never": "never_bought"}


class DormantQuery(FilterQuery):
    """Who is dormant by which definition, and which months its past value is taken from."""

    kind: Literal["days", "rhythm", "never"] | None = Field(None, description="left out: any of them")
    from_month: Month | None = Field(
        None, alias="from", description="left out: the twelve months before this one"
    )
    to_month: Month | None = Field(None, alias="to", description="included")
    customer: Id | None = None
    followed_up: bool | None = Field(None, description="whether somebody was in touch since the last order")


class DormantCustomer(Customer):
    """A customer that went silent, or never bought. Past figures are of the months asked for."""

    last_order_day: date | None = Field(description="in any currency; null: never bought")
    silence: int | None = Field(description="days since")
    usual_gap: float | None = Field(description="days; null: no order in this currency")
    by_days: bool = Field(description="silent for more days than the policy allows")
    by_rhythm: bool = Field(description="silent for more of its usual gaps than the policy allows")
    never_bought: bool
    followed_up_on: date | None = Field(description="last contact since the last order; null: none")
    orders: int
    amount: str = Field(description="returns not subtracted")
    profit: str | None = Field(description="returns not subtracted; null: no cost is known")
    products: int
    categories: list[str]
    chance_of_return: float | None = Field(description="0 to 1: of ever ordering again; null: not forecast")
    at_stake: str | None = Field(
        description="amount times chance: what a period like that is worth winning back"
    )


def _item(currency: str, row: Row[tuple[object, ...]]) -> DormantCustomer:
    found = row._mapping
    money = {
        n: None if found[n] is None else decimal_string(found[n], currency) for n in ("profit", "at_stake")
    }
    names = ("by_days", "by_rhythm", "never_bought", "orders", "products", "silence", "followed_up_on")
    return DormantCustomer(
        **{n: found[n] for n in Customer.model_fields if n != "currency"},
        **{n: found[n] for n in names},
        **money,
        currency=currency,
        last_order_day=found["last_day"],
        usual_gap=None if found["usual_gap"] is None else round(found["usual_gap"], 1),
        amount=decimal_string(found["amount"], currency),
        categories=[category for category in found["categories"] or [] if category],
        chance_of_return=None if found["active"] is None else round(found["active"], 3),
    )


def _is_of_the_greatest(query: DormantQuery, view: View) -> bool:
    """Whether it is the list as it is first shown, of all customers: for few of them their own index is better."""
    narrowed = query.model_dump(exclude={"limit", "cursor", "sort", "currency", "format"}, exclude_none=True)
    return view.everything and not narrowed and query.sort in (None, "-at_stake") and query.format == "json"


@router.get("/dormant", responses=CSV, response_model=Page[DormantCustomer])
async def list_dormant(
    query: Annotated[DormantQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    view: Own,
) -> Page[DormantCustomer] | Response:
    """Show dormant customers, the greatest value at stake first."""
    wanted = await query.filter(runtime, view)
    async with snapshot(runtime.database) as connection:
        life = (await policy_in_force(connection)).policy.life_cycle
    first, last = (
        month_after(wanted.day, months) if asked is None else date.fromisoformat(f"{asked}-01")
        for asked, months in ((query.from_month, -12), (query.to_month, -1))
    )
    rule = Dormancy(life.dormant_days, life.dormant_gaps, first, last)
    usual_months = query.from_month is None and query.to_month is None
    async with runtime.database.engine.connect() as connection:
        stored = usual_months and not await connection.scalar(select(behind(wanted)))
    show = partial(_item, wanted.currency)
    if stored and _is_of_the_greatest(query, view):
        found = most_at_stake(wanted, rule)
        ordering = Ordering({"at_stake": found.c.at_stake}, unique=found.c.customer_id, default="-at_stake")
        page = await read_page(request, response, select(found), ordering, query, show)
        # The last page may end with customers of whom nothing is at stake, or known.
        if page.next is not None:
            return page
    found = dormant(wanted, rule, stored=stored)
    statement = select(found)
    if query.kind is not None:
        statement = statement.where(found.c[KINDS[query.kind]])
    if query.customer is not None:
        statement = statement.where(found.c.customer_id == query.customer)
    if query.followed_up is not None:
        contacted = found.c.followed_up_on.is_not(None)
        statement = statement.where(contacted if query.followed_up else ~contacted)
    sorts = {n: known(found.c[n]) for n in ("at_stake", "amount", "profit", "orders", "silence")}
    ordering = Ordering(
        sorts | {"customer": found.c.customer_id}, unique=found.c.customer_id, default="-at_stake"
    )
    return await listing(
        *(request, response, runtime, statement, ordering, query, show),
        *(DormantCustomer, "dormant"),
    )
