"""Set-based statements made from the tables, and rows to and from the dataclasses of the rules."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from services.insights.rules.facts import MonthKey, ProductKey, SalesKey
from services.kit.database import Connection

_ARRAYS: dict[type[Any], str] = {
    Text: "text[]",
    BigInteger: "bigint[]",
    Integer: "int[]",
    Boolean: "boolean[]",
    Date: "date[]",
    DateTime: "timestamptz[]",
    JSONB: "text[]",
}

FactKey = MonthKey | SalesKey | ProductKey


def columns_of(cls: type[Any]) -> tuple[str, ...]:
    """Return the columns of a dataclass, which are those of its table in the same order."""
    return tuple(field.name for field in fields(cls))


def row_of(cls: type[Any]) -> Callable[[Any], tuple[Any, ...]]:
    """Return what turns an instance into a row."""
    getter: Callable[[Any], tuple[Any, ...]] = attrgetter(*columns_of(cls))
    return getter


async def upsert(
    connection: Connection, table: Table, columns: Sequence[str], rows: Collection[tuple[Any, ...]]
) -> None:
    """Write rows, replacing those with the same primary key."""
    if rows:
        await connection.execute(_upsert(table, tuple(columns)), *zip(*rows, strict=True))


async def accumulate(
    connection: Connection, table: Table, changes: Collection[tuple[FactKey, Sequence[int]]]
) -> None:
    """Add numbers to facts."""
    if changes:
        arrays = zip(*((*key, *numbers) for key, numbers in changes), strict=True)
        await connection.execute(_accumulate(table), *arrays)


async def delete_zeros(connection: Connection, table: Table, keys: Collection[FactKey]) -> None:
    """Delete those of the rows in which every number is 0."""
    if keys:
        await connection.execute(_delete_zeros(table), *zip(*keys, strict=True))


async def copy_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    """Write rows that are not there yet."""
    await connection.copy_records_to_table(table.name, records=rows, columns=list(columns))


def names(table: Table) -> tuple[str, ...]:
    """Return the columns of a table."""
    return tuple(column.name for column in table.columns)


@cache
def accumulation(table: Table) -> str:
    """Return the INSERT that adds the rows of ``n`` to the facts."""
    keys = ", ".join(_keys(table))
    sums = ", ".join(f"{c} = f.{c} + excluded.{c}" for c in _numbers(table))
    listed = ", ".join(names(table))
    return (
        f"INSERT INTO {table.name} AS f ({listed}) SELECT {listed} FROM n ORDER BY {keys} "  # noqa: S608
        f"ON CONFLICT ({keys}) DO UPDATE SET {sums}"
    )


@cache
def unnested(table: Table, columns: tuple[str, ...] | None = None) -> str:
    """Return ``unnest(...) AS n (...)`` over one array per column, as parameters $1, $2, ..."""
    used = [table.columns[name] for name in columns or names(table)]
    arrays = ", ".join(f"${position}::{_array(column)}" for position, column in enumerate(used, start=1))
    return f"unnest({arrays}) AS n ({', '.join(column.name for column in used)})"


@cache
def _upsert(table: Table, columns: tuple[str, ...]) -> str:
    keys = _keys(table)
    values = ", ".join(
        f"{name}::jsonb" if isinstance(table.columns[name].type, JSONB) else name for name in columns
    )
    updates = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in keys)
    return (
        f"INSERT INTO {table.name} ({', '.join(columns)}) "  # noqa: S608
        f"SELECT {values} FROM {unnested(table, columns)} ORDER BY {', '.join(keys)} "
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {updates}"
    )


@cache
def _accumulate(table: Table) -> str:
    return f"WITH n AS (SELECT * FROM {unnested(table)}) {accumulation(table)}"  # noqa: S608


@cache
def _delete_zeros(table: Table) -> str:
    keys = _keys(table)
    same = " AND ".join(f"f.{key} = n.{key}" for key in keys)
    zero = " AND ".join(f"f.{number} = 0" for number in _numbers(table))
    return f"DELETE FROM {table.name} AS f USING {unnested(table, keys)} WHERE {same} AND {zero}"  # noqa: S608


def _keys(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.primary_key.columns)


def _numbers(table: Table) -> tuple[str, ...]:
    keys = _keys(table)
    return tuple(name for name in names(table) if name not in keys)


def _array(column: "Column[Any]") -> str:
    return _ARRAYS[type(column.type)]
