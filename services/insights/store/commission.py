"""What commission follows from, and the entries that are stored of it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec

from services.insights.rules.commission import Figures, Key
from services.insights.rules.margin_tiers import TierPolicy
from services.insights.rules.performance import Performance
from services.insights.store.product_margins import ProductMonth
from services.kit.database import Connection

_BILLS = """
SELECT i.customer_id, i.currency, i.invoice_id, i.order_id, i.amount_minor, i.invoiced_at, i.issued_on,
       coalesce(i.due_on, i.issued_on) AS due_on, i.lines::text AS lines, o.placed_day, o.owner_id, o.seller_id
FROM invoices AS i LEFT JOIN orders AS o ON o.customer_id = i.customer_id AND o.order_id = i.order_id
WHERE i.customer_id = ANY($1::text[])
"""
_SOLD = """
SELECT l.customer_id, l.document_id, l.product_id, l.amount_minor, l.cost_minor
FROM unnest($1::text[], $2::text[]) AS o (customer_id, order_id)
JOIN lines AS l ON l.customer_id = o.customer_id AND l.document_id = o.order_id AND l.kind = 'ordered'
"""
_GIVEN_BACK = """
SELECT l.customer_id, l.document_id, l.product_id, l.amount_minor FROM returns AS r
JOIN lines AS l ON l.customer_id = r.customer_id AND l.document_id = r.return_id AND l.kind = 'returned'
WHERE r.customer_id = ANY($1::text[])
"""
_PAYMENTS = """
SELECT customer_id, currency, payment_id, amount_minor, received_at, received_day, reversed_at, reversed_day,
       named::text
FROM payments WHERE customer_id = ANY($1::text[]) AND received_at IS NOT NULL
"""
_RETURNS = """
SELECT customer_id, currency, return_id, order_id, amount_minor, returned_at, returned_day FROM returns
WHERE customer_id = ANY($1::text[]) AND order_id <> ''
"""
_WRITE_OFFS = "SELECT * FROM write_offs WHERE customer_id = ANY($1::text[])"

_STORED = """
SELECT customer_id, currency, month, invoice_id, cause, cause_id, salesperson_id, tier, rate_ppm,
       sum(base_minor)::bigint AS base_minor, sum(amount_minor)::bigint AS amount_minor
FROM commission_entries WHERE customer_id = ANY($1::text[])
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9 HAVING sum(base_minor) <> 0 OR sum(amount_minor) <> 0
"""

_APPEND = """
INSERT INTO commission_entries (customer_id, currency, month, invoice_id, cause, cause_id, salesperson_id, tier,
                                rate_ppm, base_minor, amount_minor)
SELECT * FROM unnest($1::text[], $2::text[], $3::date[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                     $9::int[], $10::bigint[], $11::bigint[])
"""

_BUYERS = """
INSERT INTO stale_customers (customer_id) SELECT DISTINCT l.customer_id
FROM unnest($2::text[]) AS p (product_id)
JOIN lines AS l ON l.product_id = p.product_id AND l.currency = $1 AND l.kind = 'ordered'
JOIN orders AS o ON o.customer_id = l.customer_id AND o.order_id = l.document_id
JOIN unnest($3::text[], $4::date[]) AS n (product_id, month)
  ON n.product_id = l.product_id AND n.month = date_trunc('month', o.placed_day)::date
"""

Account = tuple[str, str]
"""Customer and currency."""
Entries = dict[Account, dict[Key, Figures]]


class Documents(NamedTuple):
    """Rows of the documents of customers."""

    bills: Sequence[Any]
    given_back: Sequence[Any]
    payments: Sequence[Any]
    returns: Sequence[Any]
    write_offs: Sequence[Any]


class Rules(NamedTuple):
    """All versions with the day from which each holds, the latest version first."""

    tiers: Sequence[tuple[date, TierPolicy]]
    performance: Sequence[tuple[date, Performance]]

    def tiers_on(self, day: date) -> TierPolicy:
        """Return the tiers in force on the day of a sale."""
        return next((policy for from_day, policy in self.tiers if from_day <= day), TierPolicy())

    def performance_on(self, day: date) -> Performance:
        """Return the attribution in force when the month of a sale began."""
        first = day.replace(day=1)
        return next((policy for from_day, policy in self.performance if from_day <= first), Performance())


async def rules_of(connection: Connection) -> Rules:
    """Return all policies that commission depends on."""
    rows = await connection.fetch(
        "SELECT kind, from_day, body::text FROM dated_policies ORDER BY version DESC"
    )
    return Rules(
        [
            (r["from_day"], msgspec.json.decode(r["body"], type=TierPolicy))
            for r in rows
            if r["kind"] == "tiers"
        ],
        [
            (r["from_day"], msgspec.json.decode(r["body"], type=Performance))
            for r in rows
            if r["kind"] == "performance"
        ],
    )


async def documents_of(connection: Connection, customer_ids: Sequence[str]) -> Documents:
    """Return everything that money and goods say about these customers."""
    found = [
        await connection.fetch(query, customer_ids)
        for query in (_BILLS, _GIVEN_BACK, _PAYMENTS, _RETURNS, _WRITE_OFFS)
    ]
    return Documents(*found)


async def lines_of_orders(connection: Connection, orders: Collection[tuple[str, str]]) -> Sequence[Any]:
    """Return the lines of orders, each given as customer and order."""
    return await connection.fetch(_SOLD, *zip(*sorted(orders), strict=True)) if orders else []


async def stored_entries(connection: Connection, customer_ids: Sequence[str]) -> Entries:
    """Return what the stored entries add up to, by customer and currency."""
    found: Entries = {}
    for row in await connection.fetch(_STORED, customer_ids):
        key = Key(*(row[name] for name in Key._fields))
        figures = Figures(row["base_minor"], row["amount_minor"])
        found.setdefault((row["customer_id"], row["currency"]), {})[key] = figures
    return found


def corrections(wanted: Entries, stored: Entries) -> list[tuple[Any, ...]]:
    """Return the entries to append, so that all of them add up to what is wanted."""
    rows: list[tuple[Any, ...]] = []
    nothing: Mapping[Key, Figures] = {}
    for account in sorted({*wanted, *stored}):
        now, before = wanted.get(account, nothing), stored.get(account, nothing)
        for key in sorted({*now, *before}):
            after, was = now.get(key, Figures()), before.get(key, Figures())
            if after != was:
                rows.append((*account, *key, after[0] - was[0], after[1] - was[1]))
    return rows


async def append_entries(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Append entries."""
    if rows:
        await connection.execute(_APPEND, *zip(*rows, strict=True))


async def mark_buyers(connection: Connection, currency: str, sales: Collection[ProductMonth]) -> None:
    """Have customers derived who bought a product in a month."""
    if sales:
        products = sorted({product_id for product_id, _ in sales})
        await connection.execute(_BUYERS, currency, products, *zip(*sorted(sales), strict=True))
