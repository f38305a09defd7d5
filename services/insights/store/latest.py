"""Rows of which the latest word replaces the one before: the catalogue and credit's snapshots."""

from collections.abc import Collection

from services.insights import tables
from services.insights.rules.customers import Product
from services.insights.rules.receivables import Receivable
from services.insights.store.sql import columns_of, row_of, unnested
from services.kit.database import Connection


def _updates(columns: tuple[str, ...]) -> str:
    return ", ".join(f"{column} = excluded.{column}" for column in columns[1:])


_PRODUCTS = f"""
INSERT INTO products AS p ({", ".join(columns_of(Product))})
SELECT * FROM {unnested(tables.products)} ORDER BY product_id
ON CONFLICT (product_id) DO UPDATE SET {_updates(columns_of(Product))}
WHERE (p.revision, p.changed_at, p.entry_print)
    < (excluded.revision, excluded.changed_at, excluded.entry_print)
"""  # noqa: S608

_RECEIVABLES = f"""
INSERT INTO receivables AS r ({", ".join(columns_of(Receivable))})
SELECT * FROM {unnested(tables.receivables)} ORDER BY customer_id
ON CONFLICT (customer_id) DO UPDATE SET {_updates(columns_of(Receivable))}
WHERE (-r.journal_seq, r.as_of) > (-excluded.journal_seq, excluded.as_of)
"""  # noqa: S608


async def write_products(connection: Connection, products: Collection[Product]) -> None:
    """Store catalogue entries that outrank the stored ones."""
    if products:
        await connection.execute(_PRODUCTS, *zip(*map(row_of(Product), products), strict=True))


async def write_receivables(connection: Connection, receivables: Collection[Receivable]) -> None:
    """Store snapshots that are newer than the stored ones."""
    if receivables:
        await connection.execute(_RECEIVABLES, *zip(*map(row_of(Receivable), receivables), strict=True))
