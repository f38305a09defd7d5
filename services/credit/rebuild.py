"""Making the state anew from the journal, and comparing it with the state there is."""

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from services.credit.fold import COLUMNS, DOCUMENTS, copy_record, stored_customers
from services.credit.hashes import combined, hash_of_journal, hashes_of_state, journal_hash, state_hash
from services.credit.rules.entries import decode_entry
from services.kit.database import Connection
from services.kit.errors import FatalError
from services.kit.settings import Settings
from services.kit.verify import snapshot

__all__ = ["Rebuilt", "journal_hash", "rebuild", "state_hash"]

COPIED = ("policies", "partition_policies")
"""What the journal refers to and does not contain."""
TABLES = (*COPIED, "accounts", *DOCUMENTS, "journal")
SCRATCH = "pg_temp"
"""Where tables are made that are only compared: needs no right to create a schema."""
ROWS_PER_COPY = 20_000


class _DiscardError(Exception):
    """Rolls the transaction back once everything was compared."""


class RebuildError(FatalError):
    """The state cannot be rebuilt there; the message says why."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came of it.

    Attributes:
        schema: where the rebuilt tables are; None: nowhere, they were only compared.
        differing: the tables that differ from the live ones.
        state_hash: of the rebuilt tables.
    """

    schema: str | None
    accounts: int
    entries: int
    journal_hash: str
    state_hash: str
    differing: tuple[str, ...]

    @property
    def identical(self) -> bool:
        """Whether the live state is what the journal says."""
        return not self.differing

    def __str__(self) -> str:
        """Say it to an operator."""
        what = f"{self.entries} journal entries of {self.accounts} accounts folded from zero"
        outcome = (
            "the stored state is identical" if self.identical else f"different: {', '.join(self.differing)}"
        )
        where = f"\nrebuilt tables: schema {self.schema}" if self.schema else ""
        return f"{what}; {outcome}\njournal {self.journal_hash}\nstate   {self.state_hash}{where}"


async def rebuild(source: str | Settings, into_schema: str | None = None, schema: str = "credit") -> Rebuilt:
    """Fold the whole journal into an empty schema of the same database, and copy the journal itself.

    It reads one snapshot and may run beside live processing. Everything is one transaction: there is a whole rebuilt
    schema in the end, or none.

    Args:
        source: address of the database.
        into_schema: made if it is not there; its tables must be empty. None: rebuild, compare, keep nothing.

    Raises:
        RebuildError: the schema holds something already.
    """
    url = source if isinstance(source, str) else source.database_url.get_secret_value()
    into = into_schema or SCRATCH
    _require_names(schema, into)
    with suppress(_DiscardError):
        async with snapshot(url, schema, writing=True) as connection:
            rebuilt = await _rebuild(connection, schema, into_schema, into)
            if into_schema is None:
                raise _DiscardError
    return rebuilt


async def _rebuild(connection: Connection, schema: str, into_schema: str | None, into: str) -> Rebuilt:
    await _make_tables(connection, schema, into)
    accounts, entries = await _fold_into(connection, into)
    before = await hashes_of_state(connection)
    await connection.execute(f'SET LOCAL search_path = "{into}"')
    after = await hashes_of_state(connection)
    differing = tuple(table for table, hash_ in after.items() if hash_ != before[table])
    return Rebuilt(
        into_schema, accounts, entries, await hash_of_journal(connection), combined(after), differing
    )


def _require_names(schema: str, into: str) -> None:
    for name in (schema, into):
        if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", name):
            raise RebuildError(f"{name!r} is no name for a schema: use small letters, digits and underscores")
    if schema == into:
        raise RebuildError(f"schema {into!r} is the one that is rebuilt from; name another one")


async def _make_tables(connection: Connection, schema: str, into: str) -> None:
    if into == SCRATCH:
        # Named last, or it would come first and hide the tables to read from.
        await connection.execute(f'SET LOCAL search_path = "{schema}", {SCRATCH}')
    else:
        await connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{into}"')
    for table in TABLES:
        if await connection.fetchval("SELECT to_regclass($1)", f"{into}.{table}") is None:
            await connection.execute(f'CREATE TABLE "{into}".{table} (LIKE "{schema}".{table} INCLUDING ALL)')
            if table == "journal" and into != SCRATCH:
                await _guard_journal(connection, schema, into)
        elif table not in COPIED and await connection.fetchval(
            f'SELECT EXISTS (SELECT FROM "{into}".{table})'  # noqa: S608 - checked names
        ):
            raise RebuildError(f"schema {into!r} is not empty: it has rows in {table}")
    for table in COPIED:
        await connection.execute(
            f'DELETE FROM "{into}".{table}; INSERT INTO "{into}".{table} SELECT * FROM {table}'  # noqa: S608
        )


async def _guard_journal(connection: Connection, schema: str, into: str) -> None:
    """Give the copied journal the triggers that keep it append-only: LIKE copies everything but those."""
    definition = await connection.fetchval(
        f"SELECT pg_get_functiondef('\"{schema}\".journal_is_append_only'::regproc)"
    )
    await connection.execute(definition.replace(f"FUNCTION {schema}.", f'FUNCTION "{into}".', 1))
    await connection.execute(
        f"""CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE ON "{into}".journal
                FOR EACH ROW EXECUTE FUNCTION "{into}".journal_is_append_only();
            CREATE TRIGGER journal_no_truncate BEFORE TRUNCATE ON "{into}".journal
                FOR EACH STATEMENT EXECUTE FUNCTION "{into}".journal_is_append_only()"""
    )


async def _fold_into(connection: Connection, into: str) -> tuple[int, int]:
    accounts = entries = 0
    pending: dict[str, list[tuple[Any, ...]]] = {table: [] for table in ("accounts", *DOCUMENTS)}
    async for customer in stored_customers(connection, documents=False):
        fold = customer.opening()
        async for block in customer.entries():
            for row in block:
                fold.apply(decode_entry(row["body"]), row["hash"])
            entries += len(block)
        if fold.account.seq == 0:
            # Only a row to lock: nothing was ever journalled for it.
            continue
        accounts += 1
        for table, rows in fold.rows().items():
            pending[table] += [copy_record(table, row) for row in rows]
        if sum(map(len, pending.values())) > ROWS_PER_COPY:
            await _copy(connection, into, pending)
    await _copy(connection, into, pending)
    await connection.execute(
        f'INSERT INTO "{into}".journal SELECT * FROM journal ORDER BY customer_id, seq'  # noqa: S608
    )
    return accounts, entries


async def _copy(connection: Connection, into: str, pending: dict[str, list[tuple[Any, ...]]]) -> None:
    for table, records in pending.items():
        if records:
            await connection.copy_records_to_table(
                table, records=records, columns=COLUMNS[table], schema_name=into
            )
            records.clear()
