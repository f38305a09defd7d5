"""Packed rows arrive in PostgreSQL as they were: nothing, extremes, every kind of column, any number of rows."""

from datetime import date

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.local.postgres import LocalPostgres
from services.kit.packing import (
    NOTHING,
    byte_rows,
    day_number,
    number_array,
    number_rows,
    text_column,
    text_columns,
    unpacked,
)

MEMBERS, AFTER = unpacked(
    "r",
    1,
    texts="id note? currency*",
    numbers="amount revision:int term_days:int? due_on:day closed:bool",
    blobs=[("key", 4), ("hash", 3)],
)
QUERY = f"""WITH {MEMBERS}
SELECT id, note, currency, amount, revision, term_days, due_on, closed, key, hash, place FROM r"""

Row = tuple[str, str | None, str, int, int, int | None, date | None, bool, bytes | None, bytes]

LONG = 2**63
TEXT = st.text(st.characters(exclude_characters="\x00\x1f", exclude_categories=["Cs"]))
ROW = st.tuples(
    TEXT.filter(bool),
    st.none() | TEXT.filter(bool),
    TEXT,
    st.integers(-LONG, LONG - 1),
    st.integers(-(2**31), 2**31 - 1),
    st.none() | st.integers(0, 2**31 - 1),
    st.none() | st.dates(),
    st.booleans(),
    st.none() | st.binary(min_size=4, max_size=4).filter(any),
    st.binary(min_size=3, max_size=3).filter(any),
)


def _parameters(rows: list[Row]) -> list[str | bytes]:
    return [
        *text_columns([row[:3] for row in rows], 3),
        number_rows([_numbers(row) for row in rows]),
        byte_rows([row[8] or bytes(4) for row in rows], 4),
        byte_rows([row[9] for row in rows], 3),
    ]


def _numbers(row: Row) -> tuple[int, ...]:
    _, _, _, amount, revision, term_days, due_on, closed, _, _ = row
    return (
        amount,
        revision,
        NOTHING if term_days is None else term_days,
        day_number(due_on),
        int(closed),
    )


async def _returned(dsn: str, rows: list[Row]) -> list[Row]:
    connection = await asyncpg.connect(dsn)
    try:
        found = await connection.fetch(QUERY, *_parameters(rows))
    finally:
        await connection.close()
    assert [row["place"] for row in found] == list(range(1, len(rows) + 1))
    return [tuple(row)[:-1] for row in found]


@given(st.lists(ROW, max_size=8))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_rows_come_back_as_they_were(dsn: str, rows: list[Row]) -> None:
    assert await _returned(dsn, rows) == rows


async def test_extremes_come_back_as_they_were(dsn: str) -> None:
    rows: list[Row] = [
        ("a", None, "", LONG - 1, 2**31 - 1, None, date.max, True, None, b"\0\0\1"),
        ("{NULL}", "null", '"\\,{}\n', -LONG, -(2**31), 0, date.min, False, b"\0\0\0\1", b"\xff\0\xff"),
        ("仓库", "é\U0001f69a", "CNY", NOTHING, NOTHING, 1, date(1, 1, 2), True, b"\xff" * 4, b"abc"),
        ("a", "", "", 0, 0, 7, None, False, bytes(4), b"abc"),
    ]
    # What stands for nothing is nothing: an empty text in a column that may be null, bytes of nothing but zeros.
    as_read = [*rows[:3], ("a", None, "", 0, 0, 7, None, False, None, b"abc")]
    assert await _returned(dsn, rows) == as_read
    for row, read in zip(rows, as_read, strict=True):
        assert await _returned(dsn, [row]) == [read]


def test_the_next_statement_part_goes_on_with_the_next_parameter() -> None:
    assert len(_parameters([])) == AFTER - 1
    members, after = unpacked("s", AFTER, texts="id", numbers="n")
    assert f"${AFTER}," in members
    assert after == AFTER + 2


def test_a_separator_in_a_text_is_refused() -> None:
    with pytest.raises(ValueError, match=r"U\+001F"):
        text_column(["a\x1fb"])
    with pytest.raises(ValueError, match=r"U\+001F"):
        text_column([None, "a", "b\x1f"])


def test_bytes_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match="not 4 each"):
        byte_rows([b"1234", b"12345"], 4)


@pytest.fixture(scope="module")
def dsn(postgres_server: LocalPostgres) -> str:
    """A database of its own; nothing is written to it."""
    return postgres_server.create_database("packing")


NUMBERS = st.lists(
    st.tuples(st.integers(-LONG, LONG - 1), st.floats(allow_nan=False, allow_infinity=False), st.dates())
)


@given(NUMBERS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_arrays_of_numbers_and_days_come_back_as_they_were(
    dsn: str, rows: list[tuple[int, float, date]]
) -> None:
    columns = [number_array([row[at] for row in rows]) for at in range(3)]
    connection = await asyncpg.connect(dsn)
    try:
        found = await connection.fetch(
            "SELECT * FROM unnest($1::text::bigint[], $2::text::float8[], $3::text::date[])", *columns
        )
    finally:
        await connection.close()
    assert [tuple(row) for row in found] == rows


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_a_number_that_is_not_finite_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="not finite"):
        number_array([1.0, value])
