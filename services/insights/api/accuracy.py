"""``GET /insights/forecasts/accuracy``: what forecasts were worth, month by month, next to naive baselines."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from contracts.money import decimal_string
from contracts.wire import Currency
from services.insights.api.listing import CSV
from services.insights.api.months import Month, first_day
from services.insights.api.segments import READERS
from services.insights.rules.windows import month_after
from services.insights.store.accuracy_reads import About, Method, accuracy_by_month
from services.insights.store.staleness import company_day
from services.kit.batch import business_day
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.exports import Format, file_answer
from services.kit.http.scope import COMPANY
from services.kit.verify import snapshot

router = APIRouter(prefix="/insights/forecasts", tags=["forecasts"], dependencies=READERS)
UNITS = {"next_order_day": "days", "month_orders": "order days"}
ORDER = ("next_order_day", "next_order_amount", "month_orders", "month_amount")


class AccuracyQuery(BaseModel):
    """Which months, in which currency."""

    model_config = ConfigDict(extra="forbid")

    from_month: Month | None = Field(None, alias="from", description="a year back if left out")
    to_month: Month | None = Field(None, alias="to", description="included; the month of today if left out")
    about: About | None = Field(None, description="left out: all")
    currency: Currency | None = Field(None, description="the company's own if left out")
    format: Format = "json"


class Accuracy(BaseModel):
    """How far one way of forecasting was from what came true. Errors are forecast less truth, in ``unit``."""

    month: str = Field(description="in which the next orders came, or that was forecast")
    about: About
    method: Method = Field(
        description="forecast is ours, forecast_median and forecast_typical its guess for one customer alone; the "
        "others are naive, and were stored at the same time"
    )
    unit: str = Field(description="days, order days, or a currency")
    n: int = Field(description="forecasts scored; an order after more than 180 days is not")
    mae: str = Field(description="mean absolute error")
    median_error: str = Field(description="median absolute error; of an even number the lower one")
    rmse: str = Field(description="root of the mean squared error")
    bias: str = Field(description="mean error; above 0: too much, or too late")
    bias_percent: str | None = Field(description="of what came in all; null: nothing came")
    forecast_mae: str = Field(description="of our forecast, of the same orders or months")
    coverage_percent: str | None = Field(
        description="of the 80 % interval: how many in 100 orders came inside; null: has none"
    )


@router.get("/accuracy", responses=CSV, response_model=list[Accuracy], dependencies=[COMPANY])
async def show_accuracy(
    query: Annotated[AccuracyQuery, Query()], runtime: LiveRuntime
) -> list[Accuracy] | Response:
    """Show by month how good forecasts of the next order and of the month were, against naive ones."""
    currency = query.currency or runtime.settings.currency
    async with snapshot(runtime.database) as connection:
        today = await company_day(connection)
        today = today or business_day(runtime.clock.now(), runtime.settings.zone)
        last = first_day(query.to_month) or month_after(today, 0)
        first = first_day(query.from_month) or month_after(last, -12)
        until = month_after(last, 1) - timedelta(days=1)
        rows = await accuracy_by_month(connection, first, until, currency)
    rows = [row for row in rows if query.about in (None, row["about"])]
    methods = get_args(Method)
    rows.sort(key=lambda row: (row["month"], ORDER.index(row["about"]), methods.index(row["method"])))
    items = [_accuracy(row, currency) for row in rows]
    if query.format == "json":
        return items
    return await file_answer(query.format, "forecast-accuracy", Accuracy, items, runtime.settings.zone)


def _accuracy(row: Any, currency: str) -> Accuracy:
    unit = UNITS.get(row["about"])

    def text(error: Decimal) -> str:
        return decimal_string(round(error), currency) if unit is None else f"{error:.3f}"

    return Accuracy(
        month=f"{row['month']:%Y-%m}",
        about=row["about"],
        method=row["method"],
        unit=unit or currency,
        n=row["n"],
        mae=text(row["mae"]),
        median_error=text(row["median"]),
        rmse=text(row["rmse"]),
        bias=text(row["bias"]),
        bias_percent=_percent(row["bias_share"]),
        forecast_mae=text(row["ours_mae"]),
        coverage_percent=_percent(row["coverage"]),
    )


def _percent(share: Decimal | None) -> str | None:
    return None if share is None else f"{100 * share:.2f}"
