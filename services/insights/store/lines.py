"""The lines of changed documents: read where they matter, costed as of the sale, replaced."""

from collections.abc import Collection, Iterable
from typing import Any

from services.insights import tables
from services.insights.rules.costs import Cost, cost_at, line_cost_minor
from services.insights.rules.documents import Tracked
from services.insights.rules.lines import Line
from services.insights.rules.working import Key
from services.insights.store.sql import columns_of, copy_rows, row_of
from services.kit.database import Connection

_DOCUMENT_COLUMNS = ("customer_id", "document_id")
_COST_COLUMNS = columns_of(Cost)

_READ = f"""
SELECT l.customer_id, l.document_id, {", ".join(f"l.{name}" for name in columns_of(Line))}
FROM unnest($1::text[], $2::text[]) AS k (customer_id, document_id)
JOIN lines AS l USING (customer_id, document_id)
WHERE l.kind = ANY($3::text[])
"""  # noqa: S608

_DELETE = """
DELETE FROM lines AS l USING unnest($1::text[], $2::text[]) AS k (customer_id, document_id)
WHERE l.customer_id = k.customer_id AND l.document_id = k.document_id AND l.kind = ANY($3::text[])
"""

# Of each product the costs that were in force between its first and its last sale in this batch. Before its first known
# cost a product has that one.
_COSTS = f"""
SELECT {", ".join(f"c.{name}" for name in _COST_COLUMNS)}
FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[])
     AS n (product_id, currency, first_sold, last_sold)
CROSS JOIN LATERAL (
    SELECT coalesce(
        (SELECT max(valid_from) FROM product_costs AS p
         WHERE p.product_id = n.product_id AND p.currency = n.currency AND p.valid_from <= n.first_sold),
        (SELECT min(valid_from) FROM product_costs AS p
         WHERE p.product_id = n.product_id AND p.currency = n.currency)
    ) AS since
) AS f
JOIN product_costs AS c ON c.product_id = n.product_id AND c.currency = n.currency
 AND c.valid_from BETWEEN f.since AND greatest(f.since, n.last_sold)
ORDER BY c.product_id, c.currency, c.valid_from
"""  # noqa: S608


async def read_lines(
    connection: Connection, entries: dict[Key, Tracked[Any]], kinds: tuple[str, ...]
) -> None:
    """Give each of these documents its stored lines."""
    if not entries:
        return
    customer_ids, document_ids = zip(*entries, strict=True)
    for customer_id, document_id, *line in await connection.fetch(_READ, customer_ids, document_ids, kinds):
        entries[customer_id, document_id].stored_lines.append(Line(*line))


async def cost_lines(connection: Connection, lines: Iterable[Line]) -> None:
    """Note on each line what it cost, as of its sale."""
    sold = [line for line in lines if line.sold_at is not None]
    if not sold:
        return
    histories = await _histories(connection, sold)
    for line in sold:
        assert line.sold_at is not None
        cost = cost_at(histories.get((line.product_id, line.currency), ()), line.sold_at)
        line.cost_minor = None if cost is None else line_cost_minor(line.quantity_milli, cost)


async def _histories(connection: Connection, sold: list[Line]) -> dict[tuple[str, str], list[Cost]]:
    spans: dict[tuple[str, str], tuple[Any, Any]] = {}
    for line in sold:
        key = line.product_id, line.currency
        first, last = spans.get(key, (line.sold_at, line.sold_at))
        spans[key] = min(first, line.sold_at), max(last, line.sold_at)
    rows = await connection.fetch(
        _COSTS,
        [product_id for product_id, _ in spans],
        [currency for _, currency in spans],
        [first for first, _ in spans.values()],
        [last for _, last in spans.values()],
    )
    histories: dict[tuple[str, str], list[Cost]] = {}
    for row in rows:
        histories.setdefault((row[0], row[1]), []).append(Cost(*row))
    return histories


async def replace_lines(
    connection: Connection, entries: dict[Key, Tracked[Any]], kinds: tuple[str, ...]
) -> None:
    """Store the lines of documents whose lines were worked out anew."""
    differing = {
        key: entry
        for key, entry in entries.items()
        if entry.lines is not None and entry.lines != entry.stored_lines
    }
    stale: Collection[Key] = [key for key, entry in differing.items() if entry.stored_lines]
    if stale:
        customer_ids, document_ids = zip(*stale, strict=True)
        await connection.execute(_DELETE, customer_ids, document_ids, kinds)
    to_row = row_of(Line)
    rows = [(*key, *to_row(line)) for key, entry in differing.items() for line in entry.lines or ()]
    if rows:
        await copy_rows(connection, tables.lines, (*_DOCUMENT_COLUMNS, *columns_of(Line)), rows)
