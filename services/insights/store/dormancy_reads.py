"""Who has gone silent, what it bought in a chosen period, and how likely it comes back."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Float, Subquery, Text, and_, case, cast, func, or_, select

from services.insights.store.segment_reads import Filter, belonging, who
from services.insights.tables import customer_months, customers, product_months, products
from services.insights.tables_dormancy import follow_ups
from services.insights.tables_forecasts import order_forecasts, order_populations

_F = order_forecasts.c


@dataclass(frozen=True, slots=True)
class Dormancy:
    """From when on somebody is dormant, and of which months it is said what it bought; both months included."""

    days: int
    gaps: int
    first: date
    last: date


def dormant(wanted: Filter, rule: Dormancy) -> Subquery:
    """Return customers that are dormant by either definition, and those that never bought."""
    day = wanted.day
    # An order in any currency ends a silence, so the last one is looked for in all of them.
    # Once for all: asked per customer, it would be asked again wherever it is named.
    every = order_forecasts.alias()
    lasts = (
        select(every.c.customer_id, func.max(every.c.last).label("day"))
        .group_by(every.c.customer_id)
        .subquery()
    )
    last = lasts.c.day
    priors = _priors()
    mean, worth = priors.c.mean, priors.c.worth
    usual = func.exp((worth * mean + _F.log_gaps) / (worth + _F.days - 1))
    same = and_(_F.customer_id == customers.c.customer_id, _F.currency == wanted.currency)
    done = func.coalesce(follow_ups.c.happened_on, follow_ups.c.completed_on)
    # What was done before the silence was about something else.
    followed_up = (
        select(func.max(done))
        .where(
            follow_ups.c.customer_id == customers.c.customer_id,
            follow_ups.c.recorded_at.is_not(None),
            done > func.coalesce(last, date.min),
        )
        .correlate(customers, lasts)
        .scalar_subquery()
    )
    rows = (
        select(
            *(customers.c.customer_id, *who(day), customers.c.known_since),
            followed_up.label("followed_up_on"),
            *(last.label("last_day"), usual.label("usual_gap"), _F.active.label("active")),
        )
        .outerjoin(order_forecasts, same)
        .outerjoin(lasts, lasts.c.customer_id == customers.c.customer_id)
        .outerjoin(priors, priors.c.version == _F.population)
        .where(*belonging(wanted))
        .subquery()
    )
    silence = day - rows.c.last_day
    by_days = func.coalesce(rows.c.last_day < day - timedelta(days=rule.days), False)
    by_rhythm = func.coalesce(silence > rule.gaps * rows.c.usual_gap, False)
    found = (
        select(
            *rows.c,
            silence.label("silence"),
            by_days.label("by_days"),
            by_rhythm.label("by_rhythm"),
            rows.c.last_day.is_(None).label("never_bought"),
        )
        .where(or_(by_days, by_rhythm, rows.c.last_day.is_(None)))
        .subquery()
    )
    return _valued(found, wanted.currency, rule)


def _priors() -> Subquery:
    """Return what each population says of gaps before a customer has any of its own."""
    gaps = order_populations.c.body["gaps"]
    columns = (cast(gaps[name].astext, Float).label(name) for name in ("mean", "worth"))
    # OFFSET: a population's body is large, and would be unpacked for each of its customers.
    return select(order_populations.c.version, *columns).offset(0).subquery()


def _valued(found: Subquery, currency: str, rule: Dormancy) -> Subquery:
    months, bought = customer_months.c, product_months.c
    profit = months.costed_minor - months.cost_minor
    past = (
        select(
            func.coalesce(func.sum(months.orders), 0).label("orders"),
            cast(func.coalesce(func.sum(months.amount_minor), 0), BigInteger).label("amount"),
            cast(
                func.sum(profit).filter(or_(months.costed_minor != 0, months.cost_minor != 0)), BigInteger
            ).label("profit"),
        )
        .where(
            *(months.customer_id == found.c.customer_id, months.currency == currency),
            months.month.between(rule.first, rule.last),
        )
        .lateral()
    )
    sold = (
        *(bought.customer_id == found.c.customer_id, bought.currency == currency, bought.orders > 0),
        bought.month.between(rule.first, rule.last),
    )
    # Nothing is sorted by these, so they are only looked up for the rows that are shown.
    kinds: tuple[Any, ...] = (
        select(func.count(bought.product_id.distinct())).where(*sold).scalar_subquery().label("products"),
        select(func.coalesce(func.array_agg(products.c.category.distinct()), cast([], ARRAY(Text))))
        .join_from(product_months, products, products.c.product_id == bought.product_id)
        .where(*sold)
        .scalar_subquery()
        .label("categories"),
    )
    at_stake = cast(func.round(past.c.amount * func.coalesce(found.c.active, 0.0)), BigInteger)
    return (
        select(
            *found.c,
            *(past.c.orders, past.c.amount, past.c.profit, *kinds),
            case((found.c.active.is_not(None), at_stake)).label("at_stake"),
        )
        .select_from(found)
        .join(past, past.c.orders.is_not(None))
        .subquery()
    )
