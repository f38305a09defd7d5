"""Who has gone silent, what it bought in a chosen period, and how likely it comes back."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Float,
    Subquery,
    Text,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.sql.selectable import FromClause

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


def behind(wanted: Filter) -> ColumnElement[bool]:
    """Return whether what is stored of the currency's customers is of another month than the day's, of somebody.

    So it is for a minute or two when a month begins.
    """
    of_others = (
        _F.stake_month < wanted.day.replace(day=1),
        and_(_F.stake_month.is_(None), _F.active.is_not(None)),
    )
    return or_(*(exists().where(_F.currency == wanted.currency, other) for other in of_others))


def most_at_stake(wanted: Filter, rule: Dormancy) -> Subquery:
    """Return dormant customers of whom it is stored what is at stake; all others have less.

    It begins with their index, so that a list of the greatest reads no more than it shows, and those above who are not
    dormant.
    """
    last, usual = _F.silent_since, _F.usual_gap
    silence, by_days, by_rhythm = _silence(wanted, rule, last, usual)
    rows = (
        select(
            *(customers.c.customer_id, *who(wanted.day), customers.c.known_since),
            _followed_up(last, order_forecasts).label("followed_up_on"),
            *(last.label("last_day"), usual, _F.active, _F.at_stake),
            *(silence.label("silence"), by_days.label("by_days"), by_rhythm.label("by_rhythm")),
            false().label("never_bought"),
        )
        .join(customers, customers.c.customer_id == _F.customer_id)
        .where(
            *(_F.currency == wanted.currency, _F.stake_month == wanted.day.replace(day=1)),
            *(_F.at_stake.is_not(None), or_(by_days, by_rhythm), *belonging(wanted)),
        )
        .subquery()
    )
    return select(*rows.c, *_past(rows, wanted.currency, rule)).subquery()


def dormant(wanted: Filter, rule: Dormancy, *, stored: bool) -> Subquery:
    """Return customers that are dormant by either definition, and those that never bought.

    Args:
        stored: what is at stake is what is stored of it: of the twelve months before this one.
    """
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
    rows = (
        select(
            *(customers.c.customer_id, *who(day), customers.c.known_since),
            _followed_up(last, lasts).label("followed_up_on"),
            *(last.label("last_day"), usual.label("usual_gap"), _F.active, _F.at_stake),
        )
        .outerjoin(order_forecasts, same)
        .outerjoin(lasts, lasts.c.customer_id == customers.c.customer_id)
        .outerjoin(priors, priors.c.version == _F.population)
        .where(*belonging(wanted))
        .subquery()
    )
    silence, by_days, by_rhythm = _silence(wanted, rule, rows.c.last_day, rows.c.usual_gap)
    found = (
        select(
            *(column for column in rows.c if stored or column.name != "at_stake"),
            silence.label("silence"),
            by_days.label("by_days"),
            by_rhythm.label("by_rhythm"),
            rows.c.last_day.is_(None).label("never_bought"),
        )
        .where(or_(by_days, by_rhythm, rows.c.last_day.is_(None)))
        .subquery()
    )
    past = _past(found, wanted.currency, rule)
    if stored:
        return select(*found.c, *past).subquery()
    valued = select(*found.c, *past).subquery()
    at_stake = cast(func.round(valued.c.amount * func.coalesce(valued.c.active, 0.0)), BigInteger)
    return select(*valued.c, case((valued.c.active.is_not(None), at_stake)).label("at_stake")).subquery()


def _followed_up(last: ColumnElement[date], of: FromClause) -> ColumnElement[date]:
    done = func.coalesce(follow_ups.c.happened_on, follow_ups.c.completed_on)
    # What was done before the silence was about something else.
    return (
        select(func.max(done))
        .where(
            follow_ups.c.customer_id == customers.c.customer_id,
            follow_ups.c.recorded_at.is_not(None),
            done > func.coalesce(last, date.min),
        )
        .correlate(customers, of)
        .scalar_subquery()
    )


def _silence(
    wanted: Filter, rule: Dormancy, last: ColumnElement[date], usual: ColumnElement[float]
) -> tuple[ColumnElement[Any], ColumnElement[bool], ColumnElement[bool]]:
    """Return the days since the last order, and whether they are too many by days and by rhythm."""
    silence = wanted.day - last
    by_days = func.coalesce(last < wanted.day - timedelta(days=rule.days), False)
    return silence, by_days, func.coalesce(silence > rule.gaps * usual, False)


def _priors() -> Subquery:
    """Return what each population says of gaps before a customer has any of its own."""
    gaps = order_populations.c.body["gaps"]
    columns = (cast(gaps[name].astext, Float).label(name) for name in ("mean", "worth"))
    # OFFSET: a population's body is large, and would be unpacked for each of its customers.
    return select(order_populations.c.version, *columns).offset(0).subquery()


def _past(found: Subquery, currency: str, rule: Dormancy) -> tuple[ColumnElement[Any], ...]:
    """Return what was bought in the months of the rule.

    Each figure is a query of its own beside the rows: one that nothing is sorted by is only looked up for the rows that
    are shown.
    """
    months, bought = customer_months.c, product_months.c
    of_months = (
        *(months.customer_id == found.c.customer_id, months.currency == currency),
        months.month.between(rule.first, rule.last),
    )
    sold = (
        *(bought.customer_id == found.c.customer_id, bought.currency == currency, bought.orders > 0),
        bought.month.between(rule.first, rule.last),
    )
    costed = or_(months.costed_minor != 0, months.cost_minor != 0)
    sums = {
        "orders": func.coalesce(func.sum(months.orders), 0),
        "amount": cast(func.coalesce(func.sum(months.amount_minor), 0), BigInteger),
        "profit": cast(func.sum(months.costed_minor - months.cost_minor).filter(costed), BigInteger),
    }
    kinds = (
        select(func.coalesce(func.array_agg(products.c.category.distinct()), cast([], ARRAY(Text))))
        .join_from(product_months, products, products.c.product_id == bought.product_id)
        .where(*sold)
    )
    return (
        *(select(total).where(*of_months).scalar_subquery().label(name) for name, total in sums.items()),
        select(func.count(bought.product_id.distinct())).where(*sold).scalar_subquery().label("products"),
        kinds.scalar_subquery().label("categories"),
    )
