"""What callers get of forecasts. Amounts are decimal strings; expected numbers are estimates with fractions."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy import Row

from contracts.money import decimal_string, quantity_string
from services.insights.forecasting.population import Population
from services.insights.forecasting.reasons import reasons

MOST_SHOWN = 50
"""Usual products of one customer."""


class Customer(BaseModel):
    """Who it is, as of today."""

    customer_id: str
    name: str
    region: str
    category: str
    business_form: str
    salesperson_id: str = Field(description="who looks after the customer now; empty: nobody")
    currency: str


class ExpectedOrders(Customer):
    """What is expected of a customer after the evening of ``forecast_on``. Orders are days with an order."""

    forecast_on: date
    order_days: int = Field(description="so far")
    last_order_day: date
    expected_day: date = Field(description="of the next order, if one comes within the horizon of the model")
    earliest: date = Field(description="with latest: 8 in 10 next orders come between them")
    latest: date
    expected_amount: str = Field(description="mean of the next order")
    typical_amount: str = Field(description="about half of the next orders are worth more")
    chance_active: float = Field(description="0 to 1: that the customer orders again at all")
    month_orders: float = Field(description="in the rest of the month")
    month_amount: str
    orders_30: float = Field(description="in the next 30 days, mean; adds up to totals")
    median_30: int = Field(description="best guess for this customer alone")
    amount_30: str
    orders_90: float
    median_90: int
    amount_90: str


class Why(BaseModel):
    """Why the next order is expected on that day. Gaps are in days."""

    text: str
    order_days: int
    own_gap: float | None = Field(
        description="geometric mean of the own gaps; null: fewer than two order days"
    )
    population_gap: float
    own_percent: int = Field(
        description="weight of the own gaps against the population's; grows with order days"
    )
    usual_gap: float = Field(description="both by that weight")
    regularity: Literal["regular", "fairly regular", "irregular"] | None
    silence: int = Field(description="since the last order")
    season_percent: int | None = Field(
        description="orders at that time of the year against the average; null: none known. The day does not follow it"
    )
    population_version: int
    population_fitted_on: date
    population_customers: int


class UsualProduct(BaseModel):
    """What the next order will hold of a product that the customer bought in its last order days."""

    product_id: str
    name: str
    quantity: str = Field(
        description="mean over next orders with and without it: adds up to what stock needs"
    )
    chance: float = Field(description="0 to 1: that the next order holds it")
    quantity_if: str = Field(description="if it does: the mean of the own orders that held it")
    times: int = Field(description="order days that held it, of the last order_days")
    order_days: int
    last_bought: date


class ExplainedForecast(ExpectedOrders):
    """A forecast with its reasons, and what the next order will hold."""

    why: Why
    products: list[UsualProduct] = Field(description="the likeliest first, at most 50")


class MonthGap(Customer):
    """This month against what was expected of it and against last year; gaps above 0 are missing.

    Orders are days with an order, in what was and in what is expected.
    """

    orders: int = Field(description="this month so far; several orders of a day are one")
    amount: str = Field(description="this month so far, returns not subtracted")
    last_month_orders: int
    last_month_amount: str
    last_year_orders: int = Field(description="of the whole same month")
    last_year_amount: str
    expected_orders: float | None = Field(
        description="of the whole month, as first forecast in it; null: not forecast yet"
    )
    expected_amount: str | None
    rest_orders: float | None = Field(description="still expected, as of now")
    rest_amount: str | None
    gap_orders: float | None = Field(description="expected less so far")
    gap_amount: str | None
    last_year_gap_orders: int
    last_year_gap_amount: str


def _customer(row: Row[Any]) -> dict[str, Any]:
    return {name: row._mapping[name] for name in Customer.model_fields}


def _money(row: Row[Any], column: str) -> Any:
    minor = row._mapping[column]
    return None if minor is None else decimal_string(int(minor), row.currency)


def _number(number: float | None) -> Any:
    return None if number is None else round(number, 3)


def expected_orders(row: Row[Any]) -> ExpectedOrders:
    """Return a forecast."""
    return ExpectedOrders(**_forecast(row))


def explained(row: Row[Any], population: Population, usual: Sequence[Row[Any]]) -> ExplainedForecast:
    """Return a forecast with its reasons; the population is the one that it was made with."""
    sums = (row.days, row.log_gaps, row.log_gaps_squared)
    because = reasons(sums, row.last, row.forecast_on, row.expected_day, population)
    own = "no gap of its own yet" if because.own_gap is None else f"usually {because.own_gap:.1f} days apart"
    text = (
        f"{row.days} order days, {own}; all customers: {because.population_gap:.1f} days. Its own gaps weigh "
        f"{because.own_percent} %, so {because.usual_gap:.1f} days are usual. Silent for {because.silence} days by "
        f"{row.forecast_on}: the next order is expected on {row.expected_day}, 8 in 10 come from {row.earliest} "
        f"to {row.latest}."
    )
    why = Why(
        text=text,
        order_days=row.days,
        own_gap=_number(because.own_gap),
        population_gap=round(because.population_gap, 3),
        own_percent=because.own_percent,
        usual_gap=round(because.usual_gap, 3),
        regularity=because.regularity,
        silence=because.silence,
        season_percent=because.season_percent,
        population_version=population.version,
        population_fitted_on=date.fromordinal(population.day),
        population_customers=population.customers,
    )
    products = [_usual(u) for u in usual if u.currency == row.currency]
    return ExplainedForecast(**_forecast(row), why=why, products=products[:MOST_SHOWN])


def _usual(row: Row[Any]) -> UsualProduct:
    return UsualProduct(
        product_id=row.product_id,
        name=row.name,
        quantity=quantity_string(round(row.quantity_milli)),
        chance=round(row.chance, 4),
        quantity_if=quantity_string(round(row.quantity_milli / row.chance)),
        times=row.times,
        order_days=row.orders,
        last_bought=row.last_day,
    )


def _forecast(row: Row[Any]) -> dict[str, Any]:
    return {
        **_customer(row),
        **{n: row._mapping[n] for n in ("forecast_on", "expected_day", "earliest", "latest")},
        **{n: row._mapping[n] for n in ("median_30", "median_90")},
        **{n: _number(row._mapping[n]) for n in ("month_orders", "orders_30", "orders_90")},
        **{n: _money(row, n) for n in ("month_amount", "amount_30", "amount_90", "typical_amount")},
        "order_days": row.days,
        "last_order_day": row.last,
        "expected_amount": _money(row, "order_amount"),
        "chance_active": _number(row.active),
    }


def month_gap(row: Row[Any]) -> MonthGap:
    """Return a customer's month."""
    return MonthGap(
        **_customer(row),
        orders=row.orders,
        amount=_money(row, "amount"),
        last_month_orders=row.last_orders,
        last_month_amount=_money(row, "last_amount"),
        last_year_orders=row.year_orders,
        last_year_amount=_money(row, "year_amount"),
        expected_orders=_number(row.expected_orders),
        expected_amount=_money(row, "expected_amount"),
        rest_orders=_number(row.rest_orders),
        rest_amount=_money(row, "rest_amount"),
        gap_orders=_number(row.gap_orders),
        gap_amount=_money(row, "gap_amount"),
        last_year_gap_orders=row.year_gap_orders,
        last_year_gap_amount=_money(row, "year_gap_amount"),
    )
