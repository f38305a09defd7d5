"""Margins: sums of the facts by customer, product, salesperson or month, and the documents and lines behind them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Label,
    Numeric,
    Select,
    Subquery,
    Table,
    Text,
    case,
    cast,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
)

from services.insights.rules.windows import month_after
from services.insights.store.reads import Span, Who
from services.insights.tables import (
    customer_months,
    customers,
    lines,
    orders,
    product_months,
    products,
    returns,
    salesperson_months,
)

By = Literal["customer", "product", "salesperson", "seller", "month"]
_KEYS = {
    "customer": "customer_id",
    "product": "product_id",
    "salesperson": "owner_id",
    "seller": "seller_id",
    "month": "month",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """What to sum: one currency, months, whose, and of which customers or product (none: all).

    ``seen`` says, by their column, which customers the caller sees; None: all.
    """

    currency: str
    span: Span
    who: Who
    customers: tuple[str, ...] = ()
    product_id: str | None = None
    seen: Callable[[ColumnElement[Any]], ColumnElement[bool]] | None = None


def margins(scope: Scope, by: By) -> Subquery:
    """Return a row per customer, product, salesperson or month that sold or took something back.

    Products have no salesperson in the facts: the caller does not ask for both.
    """
    of_product = by == "product" or scope.product_id is not None
    split = (
        by in ("salesperson", "seller") or scope.who.owner_id is not None or scope.who.seller_id is not None
    )
    facts = product_months if of_product else salesperson_months if split else customer_months
    c = facts.c
    conditions = [c.currency == scope.currency, *_of(scope, c.customer_id)]
    conditions += [] if scope.span.first is None else [c.month >= scope.span.first]
    conditions += [] if scope.span.last is None else [c.month <= scope.span.last]
    wanted = {
        "owner_id": scope.who.owner_id,
        "seller_id": scope.who.seller_id,
        "product_id": scope.product_id,
    }
    conditions += [c[name] == value for name, value in wanted.items() if value is not None]
    key = c[_KEYS[by]]
    sums = (
        select(
            # A month is spelled once, not for each of the facts.
            (cast(func.to_char(key, "YYYY-MM"), Text) if by == "month" else key).label("key"),
            *(_sum(n, c[n]) for n in ("orders", "amount_minor", "returned_minor")),
            _sum("costed", c.costed_minor - c.returned_costed_minor),
            _sum("cost", c.cost_minor - c.returned_cost_minor),
            func.bool_or(_known(c)).label("is_known"),
        )
        .where(*conditions)
        .group_by(key)
        .having(func.bool_or((c.orders != 0) | (c.returned_minor != 0) | _known(c)))
        .subquery()
    )
    name = {
        "customer": select(customers.c.name).where(customers.c.customer_id == sums.c.key).scalar_subquery(),
        "product": select(products.c.name).where(products.c.product_id == sums.c.key).scalar_subquery(),
    }.get(by, literal("", Text))
    return _with_margin(sums, func.coalesce(name, "").label("name"))


def documents(scope: Scope) -> Subquery:
    """Return a row per order that counts and per return. A return's amounts are negative.

    Asked for a product, the amounts are those of its line on the document, so that they make its margin.
    """
    o, r, counts = orders.c, returns.c, literal_column("'order'", Text)
    sold_of, back_of = _figures(scope, orders), _figures(scope, returns)
    sold = select(
        *(o.customer_id, o.order_id.label("document_id"), counts.label("kind"), o.counts_as),
        *(o.placed_day.label("day"), o.owner_id, o.seller_id, *sold_of),
        _any_of(sold_of),
    )
    back = select(
        *(r.customer_id, r.return_id.label("document_id"), literal_column("'return'", Text).label("kind")),
        *(counts.label("counts_as"), r.returned_day.label("day"), r.owner_id, r.seller_id),
        *(*((-f).label(f.name) for f in back_of), _any_of(back_of)),
    )
    if scope.product_id is None:
        sold, back = sold.add_columns(o.currency), back.add_columns(r.currency)
    else:
        sold = sold.add_columns(lines.c.currency).where(*_on(scope, o.customer_id, o.order_id, o.basis))
        returned = literal("returned", Text)
        back = back.add_columns(lines.c.currency).where(*_on(scope, r.customer_id, r.return_id, returned))
    both = sold.union_all(back).subquery()
    # Which of them is said of both at once: PostgreSQL sees through a union to indexes that are in its order
    # (orders_by_profit, returns_by_profit) only if its parts have no conditions of their own.
    b = both.c
    conditions = [b.counts_as == counts, b.day.is_not(None), b.currency == scope.currency]
    conditions += [*_in_months(b.day, scope.span), *_of(scope, b.customer_id)]
    conditions += [] if scope.who.owner_id is None else [b.owner_id == scope.who.owner_id]
    conditions += [] if scope.who.seller_id is None else [b.seller_id == scope.who.seller_id]
    # Unique over orders and returns of all customers; the separator is no character of an id.
    separator = literal_column(r"E'\x1f'", Text)
    unique = b.customer_id + separator + b.kind + separator + b.document_id
    return _with_margin(both, unique.label("key"), conditions)


def _figures(scope: Scope, table: Table) -> tuple[Label[Any], Label[Any], Label[Any]]:
    """Return amount, what of it has a cost, and that cost: of whole documents, or of a product's line on them."""
    amount: ColumnElement[Any] = table.c.counted_minor if table is orders else table.c.amount_minor
    costed: ColumnElement[Any] = table.c.costed_minor
    cost: ColumnElement[Any] = table.c.cost_minor
    if scope.product_id is not None:
        line = lines.c
        amount = line.amount_minor
        costed = case((line.cost_minor.is_not(None), line.amount_minor), else_=0)
        cost = func.coalesce(line.cost_minor, 0)
    return amount.label("amount_minor"), costed.label("costed"), cost.label("cost")


def _any_of(figures: tuple[Label[Any], Label[Any], Label[Any]]) -> Label[bool]:
    _, costed, cost = figures
    # Spelled, as in the indexes: compared with a bound one, which is a bigint, it is another operator.
    zero = literal_column("0", BigInteger)
    return ((costed.element != zero) | (cost.element != zero)).label("is_known")


def _on(
    scope: Scope, customer_id: ColumnElement[str], document_id: ColumnElement[str], kind: ColumnElement[str]
) -> list[ColumnElement[bool]]:
    """Return what joins documents with the lines of the product: there is one at most on each."""
    c = lines.c
    return [
        c.customer_id == customer_id,
        c.document_id == document_id,
        c.kind == kind,
        c.product_id == scope.product_id,
        c.currency == scope.currency,
    ]


def lines_of(customer_id: str, kind: Literal["order", "return"], document_id: str) -> Select[Any]:
    """Return the lines that count of a document, with the cost of each; a null cost is not known."""
    found = select(lines).where(lines.c.customer_id == customer_id, lines.c.document_id == document_id)
    if kind == "return":
        found = found.where(lines.c.kind == "returned")
    else:
        basis = select(orders.c.basis).where(
            orders.c.customer_id == customer_id,
            orders.c.order_id == document_id,
            orders.c.counts_as == "order",
        )
        found = found.where(lines.c.kind == basis.scalar_subquery())
    return found.order_by(lines.c.product_id)


def _with_margin(
    sums: Subquery, column: ColumnElement[Any], conditions: Sequence[ColumnElement[bool]] = ()
) -> Subquery:
    """Add the profit in minor units and its rate in basis points, where they are known."""
    c = sums.c
    rate = func.round((c.costed - c.cost) * cast(10_000, Numeric) / func.nullif(c.costed, 0))
    return (
        select(
            *(*c, column),
            case((c.is_known, c.costed - c.cost)).label("profit"),
            case((c.costed > 0, cast(rate, BigInteger))).label("rate"),
        )
        .where(*conditions)
        .subquery()
    )


def _sum(name: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
    # The sum of bigint is numeric, of which nothing here needs the range, and which takes twice as long.
    return func.total(column, type_=BigInteger).label(name)


def _known(c: Any) -> ColumnElement[bool]:
    """Whether the cost of any line is known: a gift has a cost and no amount."""
    numbers = (c.costed_minor, c.cost_minor, c.returned_costed_minor, c.returned_cost_minor)
    return or_(*(number != 0 for number in numbers))


def _of(scope: Scope, customer_id: ColumnElement[str]) -> list[ColumnElement[bool]]:
    who = scope.who
    asked = {"region": who.region, "category": who.category, "business_form": who.business_form}
    of_customer = [customers.c[name] == value for name, value in asked.items() if value is not None]
    conditions: list[ColumnElement[bool]] = []
    if of_customer:
        conditions.append(exists().where(customers.c.customer_id == customer_id, *of_customer))
    if scope.seen is not None:
        conditions.append(scope.seen(customer_id))
    return [*conditions, customer_id.in_(scope.customers)] if scope.customers else conditions


def _in_months(day: ColumnElement[Any], span: Span) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if span.first is not None:
        conditions.append(day >= span.first)
    if span.last is not None:
        conditions.append(day < month_after(span.last, 1))
    return conditions
