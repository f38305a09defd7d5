"""Which temporary limits end and which reviews are due soon, so that nobody is surprised by the day."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Row

from contracts.wire import Currency, Id
from services.credit.api.account_answers import Limit, Money
from services.credit.api.accounts import today
from services.credit.api.common import Reader, money, money_or_none
from services.credit.queries.limits import select_ending
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.scope import COMPANY

router = APIRouter(tags=["terms"])


class EndingOut(BaseModel):
    """A temporary limit that ends, or a review that is due."""

    kind: Literal["temporary_limit", "review"]
    customer_id: str
    currency: str
    ends_on: date = Field(description="the limit's last day, or the day of the review")
    days_left: int = Field(description="from the business day reached; negative: a review that is late")
    temporary_limit: Limit = Field(description="null: unlimited, or it is about a review")
    from_day: date | None = Field(description="the temporary limit's first day")
    limit: Limit = Field(description="the ordinary one, which applies after")
    exposure: Money
    over_after: bool = Field(description="the exposure is above the ordinary limit")


class EndingQuery(PageQuery):
    """Filters of the list; all given ones must hold."""

    within_days: int = Field(14, ge=0, le=3_650)
    kind: Literal["temporary_limit", "review"] | None = None
    customer: Id | None = None
    currency: Currency | None = None


@router.get(
    "/credit/limits-ending", summary="List limits that end and reviews that are due", dependencies=[COMPANY]
)
async def list_limits_ending(
    query: Annotated[EndingQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Reader,
) -> Page[EndingOut]:
    """List temporary limits that end and reviews that are due within so many days, the soonest first.

    A temporary limit leaves the list by the clock event of the day after its last one; a review that is late stays.
    """
    statement = select_ending(today(runtime), query.within_days)
    columns = statement.selected_columns
    for name, column in (("kind", "kind"), ("customer", "customer_id"), ("currency", "currency")):
        if (wanted := getattr(query, name)) is not None:
            statement = statement.where(columns[column] == wanted)
    ordering = Ordering({"ends_on": columns.ends_on}, unique=columns.ending_id, default="ends_on")
    return await read_page(request, response, statement, ordering, query, _ending)


def _ending(row: Row[Any]) -> EndingOut:
    currency, after = row.currency, row.credit_limit
    temporary = row.kind == "temporary_limit"
    return EndingOut(
        kind=row.kind,
        customer_id=row.customer_id,
        currency=currency,
        ends_on=row.ends_on,
        days_left=row.days_left,
        temporary_limit=money_or_none(row.temporary_limit, currency) if temporary else None,
        from_day=row.temporary_from,
        limit=money_or_none(after, currency),
        exposure=money(row.exposure, currency),
        over_after=after is not None and row.exposure > after,
    )
