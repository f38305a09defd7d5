"""A small business made a large one: every row of a customer is copied, under other ids, in all four schemas.

What belongs together stays together: a customer's orders, lines, decisions, journal, items, months, classes, alerts
and forecasts are copied as they are, so that totals agree and pages are as full as they were. A copy's salespeople are
shared by several copies: there are as many per customer as a company of that size has. The copies are alike; the
figures on a page are not what is measured. Hash chains of copies are not valid: such a database is for measuring.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import asyncpg

SCHEMAS = ("credit", "customers", "insights", "orders")

OF_A_CUSTOMER = frozenset(
    {
        *("customer_id", "order_id", "invoice_id", "payment_id", "return_id", "credit_id", "shipment_id"),
        *("document_id", "follow_up_id", "satisfaction_id", "write_off_id", "prospect_id", "alert_id"),
        *("approval_id", "subject_id"),
    }
)
"""Columns whose values are another customer's in a copy."""

OF_AN_EVENT = frozenset({"event_id", "placed_event_id"})

OF_A_SELLER = frozenset({"salesperson_id", "seller_id", "owner_id", "credited_to", "reversal_owner_id"})
"""Columns whose values are those of one of the groups of salespeople."""

NOT_COPIED = frozenset(
    {
        *(
            "outbox",
            "outbox_batches",
            "receipts",
            "dead_letters",
            "idempotency_keys",
            "logs",
            "consumer_offsets",
        ),
        *("partition_days", "deliveries", "accounts", "sessions", "access_audit", "back_tests"),
        *(
            "back_test_customers",
            "back_test_flips",
            "stale_customers",
            "stale_salespeople",
            "unranked_currencies",
        ),
        *("stale_product_months"),
    }
)

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Column:
    """A column as PostgreSQL's catalogue has it."""

    name: str
    type: str
    generated: bool
    unique: bool


async def grow(
    dsn: str,
    copies: int,
    groups: int,
    report: Report,
    schemas: Sequence[str] = SCHEMAS,
    mark: str = "~",
) -> None:
    """Copy every customer ``copies`` times, their salespeople ``groups`` times, and bring statistics up to date.

    Args:
        groups: salespeople of copy ``n`` are those of group ``n % groups``; group 0 is the original one.
        mark: stands between an id and the number of the copy; another one when copies are to be copied.
    """
    connection = await asyncpg.connect(dsn, command_timeout=None)
    try:
        await connection.execute("SET synchronous_commit = off; SET maintenance_work_mem = '512MB'")
        await connection.execute("SET work_mem = '256MB'")
        for schema in schemas:
            for table, columns in (await _tables(connection, schema)).items():
                statement = copying(schema, table, columns, copies, groups, mark)
                if statement:
                    await _copied(connection, f"{schema}.{table}", statement, report)
        # Ranks are of all customers of a currency: the service finds them anew when it starts.
        await connection.execute(
            "INSERT INTO insights.unranked_currencies (currency) SELECT currency FROM insights.rankings"
        )
        await connection.execute("VACUUM (ANALYZE)")
    finally:
        await connection.close()


def copying(
    schema: str, table: str, columns: Sequence[Column], copies: int, groups: int, mark: str = "~"
) -> str:
    """Return the statement that copies a table's rows as copies 1 to ``copies``; empty: it is not copied."""
    names = {column.name for column in columns}
    if table in NOT_COPIED or not names & (OF_A_CUSTOMER | OF_A_SELLER):
        return ""
    written = [column for column in columns if not column.generated]
    into = ", ".join(f'"{column.name}"' for column in written)
    values = ", ".join(_value(column, table, groups, mark) for column in written)
    times = copies if names & OF_A_CUSTOMER else groups - 1
    return (
        f'INSERT INTO {schema}."{table}" ({into}) SELECT {values} '
        f'FROM generate_series(1, {times}) AS n, "{schema}"."{table}" AS t'
    )


def _value(column: Column, table: str, groups: int, mark: str) -> str:
    name = f't."{column.name}"'
    if column.name in OF_A_SELLER:
        return f"CASE WHEN n % {groups} = 0 OR {name} = '' THEN {name} ELSE {name} || '{mark}' || n % {groups} END"
    if column.name in OF_A_CUSTOMER | OF_AN_EVENT:
        return f"CASE WHEN {name} = '' THEN '' ELSE {name} || '{mark}' || n END"
    if column.type == "bytea" and column.unique:
        return f"sha256({name} || '{mark}'::bytea || int4send(n))"
    if column.name == "name" and table == "customers":
        return f"{name} || ' ' || n"
    if column.type == "text" and column.unique and column.name == "key":
        return f"{name} || '{mark}' || n"
    return name


async def _copied(
    connection: "asyncpg.Connection[asyncpg.Record]",
    table: str,
    statement: str,
    report: Report,
) -> None:
    """Copy a table without its secondary indexes, and make those again: sorting once is faster than many inserts."""
    began = time.monotonic()
    indexes = await connection.fetch(_SECONDARY, table)
    async with connection.transaction():
        for index in indexes:
            await connection.execute(f"DROP INDEX {index['name']}")
        done = await connection.execute(statement)
        for index in indexes:
            await connection.execute(index["definition"])
    rows = int(done.rpartition(" ")[2])
    if rows > 100_000:
        report(f"{table}: {rows:,} rows in {time.monotonic() - began:.0f} s")


async def _tables(
    connection: "asyncpg.Connection[asyncpg.Record]", schema: str
) -> dict[str, tuple[Column, ...]]:
    found: dict[str, list[Column]] = {}
    for row in await connection.fetch(_COLUMNS, schema):
        column = Column(row["name"], row["type"], row["generated"], row["in_key"])
        found.setdefault(row["table"], []).append(column)
    return {table: tuple(columns) for table, columns in found.items()}


_COLUMNS = """
    SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, NULL) AS type,
           a.attidentity <> '' OR a.attgenerated <> '' AS generated,
           EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique
                   AND a.attnum = ANY (i.indkey::int2[])) AS in_key
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = $1::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY c.relname, a.attnum"""
_SECONDARY = """
    SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition
    FROM pg_index i WHERE i.indrelid = $1::regclass AND NOT i.indisunique"""
