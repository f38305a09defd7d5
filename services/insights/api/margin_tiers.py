"""``/insights/margin-tiers``: the margin tier of each product as of a day, why, and the policy behind it."""

from datetime import date
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Numeric,
    Row,
    Subquery,
    case,
    cast,
    func,
    literal,
    select,
)

from contracts.money import decimal_string
from contracts.wire import Currency, Id
from services.insights.api.dated_policies import (
    DatedPolicyIn,
    DatedPolicyOut,
    list_versions,
    put_version,
)
from services.insights.api.documents import read_document
from services.insights.api.listing import CSV, ListQuery, listing
from services.insights.api.segments import READERS
from services.insights.api.today import today_of
from services.insights.rules.margin_tiers import TierPolicy, problems_of
from services.insights.rules.numbers import margin_text
from services.insights.rules.windows import month_after
from services.insights.store.dated_policies import in_force
from services.insights.store.segment_reads import known
from services.insights.tables import products
from services.insights.tables_salespeople import product_margins
from services.kit.http.auth import Principal, require
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import DOCUMENTED
from services.kit.http.pages import Ordering, Page
from services.kit.http.problems import Problem
from services.kit.http.scope import COMPANY, OPEN
from services.kit.runtime import Runtime
from services.kit.verify import snapshot

router = APIRouter(prefix="/insights/margin-tiers", tags=["margin tiers"], dependencies=READERS)

Manager = Annotated[Principal, Depends(require("manager"))]
UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"description": "Nothing is known of this product"}}
PPM = 1_000_000


class TierQuery(ListQuery):
    """Which tiers, as of which day."""

    currency: Currency | None = Field(None, description="the company's own if left out; never added up")
    on: date | None = Field(None, description="the day of a sale; today if left out")
    tier: str | None = Field(None, max_length=50)


class ProductTier(BaseModel):
    """The tier that a product sold on the day is in, by its margin in the whole months before."""

    product_id: str
    name: str
    tier: str
    commission_percent: str
    margin_percent: str = Field(description="four decimals, rounded down")
    currency: str
    costed_amount: str = Field(description="of the lines whose cost is known, less returns, in the window")
    cost: str = Field(description="of those lines, as of the sale")


class MonthOfMargin(BaseModel):
    """What a product brought in one month of the window."""

    month: str
    costed_amount: str
    cost: str
    profit: str


class Boundary(BaseModel):
    """A tier of the policy."""

    tier: str
    from_percent: str | None
    commission_percent: str


class WhyTier(BaseModel):
    """Why a product is in its tier: the window month by month, and the boundaries of the policy in force."""

    product: ProductTier | None = Field(
        description="null: nothing was sold with a known cost; a sale is then judged by its own margin"
    )
    on: date
    first_month: str
    last_month: str = Field(description="included: the month before the sale's")
    policy_version: int
    boundaries: list[Boundary]
    months: list[MonthOfMargin]


class _Asked:
    """The policy, window and currency of a question."""

    def __init__(self, day: date, currency: str, version: int, policy: TierPolicy) -> None:
        self.day, self.currency, self.version, self.policy = day, currency, version, policy
        self.first, self.last = month_after(day, -policy.window_months), month_after(day, -1)

    @classmethod
    async def of(cls, runtime: Runtime, on: date | None, currency: str | None) -> "_Asked":
        day = on or await today_of(runtime)
        async with snapshot(runtime.database) as connection:
            version, body = await in_force(connection, "tiers", day)
        policy = msgspec.json.decode(body, type=TierPolicy)
        return cls(day, currency or runtime.settings.currency, version, policy)

    def products(self) -> Subquery:
        """Return a row per product that sold something with a known cost in the window; ``tier`` is its number."""
        m = product_margins.c
        costed, cost = (cast(func.sum(c), BigInteger) for c in (m.costed_minor, m.cost_minor))
        sums = (
            select(m.product_id, costed.label("costed"), cost.label("cost"))
            .where(m.currency == self.currency, m.month >= self.first, m.month <= self.last)
            .group_by(m.product_id)
            .having(costed > 0)
            .subquery()
        )
        profit, c = sums.c.costed - sums.c.cost, sums.c
        numbered: list[tuple[ColumnElement[bool], int]] = [
            (cast(profit, Numeric) * PPM >= cast(c.costed, Numeric) * tier.from_ppm, number)
            for number, tier in enumerate(self.policy.tiers)
            if tier.from_ppm is not None
        ]
        last = literal(len(self.policy.tiers) - 1, Integer)
        number = case(*numbered, else_=last) if numbered else last
        ppm = cast(func.floor(cast(profit, Numeric) * PPM / c.costed), BigInteger)
        name = func.coalesce(products.c.name, "").label("name")
        return (
            select(*c, number.label("tier"), ppm.label("ppm"), name)
            .outerjoin(products, products.c.product_id == c.product_id)
            .subquery()
        )

    def item(self, row: Row[Any]) -> ProductTier:
        """Return a product's row as callers get it."""
        tier = self.policy.tiers[row.tier]
        return ProductTier(
            product_id=row.product_id,
            name=row.name,
            tier=tier.name,
            commission_percent=tier.commission_percent,
            margin_percent=margin_text(row.ppm),
            currency=self.currency,
            costed_amount=decimal_string(row.costed, self.currency),
            cost=decimal_string(row.cost, self.currency),
        )


@router.get("/products", responses=CSV, response_model=Page[ProductTier], dependencies=[COMPANY])
async def list_tiers(
    query: Annotated[TierQuery, Query()], request: Request, response: Response, runtime: LiveRuntime
) -> Page[ProductTier] | Response:
    """Show products with their tiers, the highest margin first; what sold nothing with a known cost is left out."""
    asked = await _Asked.of(runtime, query.on, query.currency)
    found = asked.products()
    statement, names = select(found), [tier.name for tier in asked.policy.tiers]
    if query.tier is not None:
        if query.tier not in names:
            reason = f"there is no tier {query.tier!r}; they are {', '.join(names)}"
            raise Problem(422, reason, errors=[("query.tier", reason)])
        statement = statement.where(found.c.tier == names.index(query.tier))
    c = found.c
    sorts = {"margin": known(c.ppm), "amount": c.costed, "tier": c.tier, "product": c.product_id}
    ordering = Ordering(sorts, unique=c.product_id, default="-margin")
    return await listing(
        *(request, response, runtime, statement, ordering, query, asked.item, ProductTier, "margin-tiers")
    )


@router.get("/products/{product_id}", responses=UNKNOWN, dependencies=[COMPANY])
async def explain_tier(
    product_id: Id, runtime: LiveRuntime, on: date | None = None, currency: Currency | None = None
) -> WhyTier:
    """Explain a product's tier: what it brought month by month, and where the boundaries are."""
    asked, m = await _Asked.of(runtime, on, currency), product_margins.c
    found = asked.products()
    of_months = select(product_margins).where(
        *(
            m.currency == asked.currency,
            m.product_id == product_id,
            m.month >= asked.first,
            m.month <= asked.last,
        )
    )
    async with runtime.database.engine.connect() as connection:
        row = (await connection.execute(select(found).where(found.c.product_id == product_id))).first()
        months = (await connection.execute(of_months.order_by(m.month))).all()
        entered = select(products.c.product_id).where(products.c.product_id == product_id)
        if not months and (await connection.execute(entered)).first() is None:
            raise Problem(404, f"nothing is known of product {product_id!r}")

    def money(minor: int) -> str:
        return decimal_string(minor, asked.currency)

    return WhyTier(
        product=None if row is None else asked.item(row),
        on=asked.day,
        first_month=f"{asked.first:%Y-%m}",
        last_month=f"{asked.last:%Y-%m}",
        policy_version=asked.version,
        boundaries=[
            Boundary(tier=t.name, from_percent=t.from_percent, commission_percent=t.commission_percent)
            for t in asked.policy.tiers
        ],
        months=[
            MonthOfMargin(
                month=f"{r.month:%Y-%m}",
                costed_amount=money(r.costed_minor),
                cost=money(r.cost_minor),
                profit=money(r.costed_minor - r.cost_minor),
            )
            for r in months
        ],
    )


@router.get("/policies", dependencies=[OPEN])
async def list_policies(runtime: LiveRuntime) -> list[DatedPolicyOut]:
    """Show all versions, the latest first."""
    return await list_versions(runtime, "tiers", TierPolicy)


@router.post("/policies", status_code=201, response_model=DatedPolicyOut, dependencies=[OPEN, DOCUMENTED])
async def put_policy(
    body: DatedPolicyIn, request: Request, runtime: LiveRuntime, principal: Manager
) -> Response:
    """Set the tiers, their boundaries and commission rates, for sales from a day on."""
    policy = read_document(body.policy, TierPolicy, "policy", problems_of)
    return await put_version(request, runtime, principal, "tiers", body, policy)
