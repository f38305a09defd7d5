"""Rows of which the latest word replaces the one before: the catalogue and credit's snapshots."""

from collections.abc import Collection

from services.insights import tables
from services.insights.rules.customers import Product
from services.insights.rules.receivables import Receivable
from services.insights.store.sql import columns_of, row_of, unnested
from services.kit.database import Connection


def _updates(columns: tuple[str, ...]) -> str:
    return ", ".join(f"{column} = excluded.{column}" for column in columns[1:])


# Product groups go by category: who bought something that has changed its own is derived anew. All parts of the
# statement see the products as they were before.
_PRODUCTS = f"""
WITH written AS (
    INSERT INTO products AS p ({", ".join(columns_of(Product))})
    SELECT * FROM {unnested(tables.products)} ORDER BY product_id
    ON CONFLICT (product_id) DO UPDATE SET {_updates(columns_of(Product))}
    WHERE (p.revision, p.changed_at, p.entry_print)
        < (excluded.revision, excluded.changed_at, excluded.entry_print)
    RETURNING product_id, category
)
INSERT INTO stale_customers (customer_id)
SELECT DISTINCT m.customer_id FROM written AS w LEFT JOIN products AS b USING (product_id)
JOIN product_months AS m ON m.product_id = w.product_id
WHERE w.category <> coalesce(b.category, '')
"""  # noqa: S608

_RECEIVABLES = f"""
INSERT INTO receivables AS r ({", ".join(columns_of(Receivable))})
SELECT * FROM {unnested(tables.receivables)} ORDER BY customer_id
ON CONFLICT (customer_id) DO UPDATE SET {_updates(columns_of(Receivable))}
WHERE (-r.journal_seq, r.as_of) > (-excluded.journal_seq, excluded.as_of)
"""  # noqa: S608


async def write_products(connection: Connection, products: Collection[Product]) -> None:
    """Store catalogue entries that outrank the stored ones; who bought what changed its category is derived anew."""
    if products:
        await connection.execute(_PRODUCTS, *zip(*map(row_of(Product), products), strict=True))


async def write_receivables(connection: Connection, receivables: Collection[Receivable]) -> None:
    """Store snapshots that are newer than the stored ones."""
    if receivables:
        await connection.execute(_RECEIVABLES, *zip(*map(row_of(Receivable), receivables), strict=True))
