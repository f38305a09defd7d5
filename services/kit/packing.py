"""Rows as few parameters of one statement: a text per text column, one for all numbers, one for bytes of fixed sizes.

asyncpg encodes an array element by element in Python's object model, and PostgreSQL sets up a function scan per array.
For statements that write hundreds of rows of twenty columns hundreds of times a second both cost more than the rest.
Here texts are joined by a control character, numbers are spelled by msgspec as an array of rows, and the statement
takes them apart again.

Absence is spelled ``""`` among texts, :data:`NOTHING` among numbers and zeros among bytes, so these cannot be told
from it: a text column is either never null or never empty, and a number that may be missing is never negative.
"""

from collections.abc import Sequence
from datetime import date

import msgspec

NOTHING = -1
"""A number or a day that is not there."""

_SEPARATOR = "\x1f"
"""Unit separator: contracts allow it neither in ids nor in texts, and JSON spells it as an escape."""
_SEPARATOR_IN_SQL = "E'\\x1f'"
_AS_ARRAY = bytes.maketrans(b"[]", b"{}")


def text_column(values: Sequence[str | None]) -> str:
    """Return the texts as one.

    Raises:
        ValueError: when one of them contains the separator: all that follow would move into the wrong rows.
    """
    joined = _SEPARATOR.join([value or "" for value in values])
    if values and joined.count(_SEPARATOR) != len(values) - 1:
        raise ValueError("a text contains the separator of packed columns (U+001F)")
    return joined


def texts_of(parameter: int) -> str:
    """Return an SQL expression: the texts that :func:`text_column` made one of, as an array."""
    return f"string_to_array(${parameter}, {_SEPARATOR_IN_SQL})"


def text_columns(rows: Sequence[Sequence[str | None]], width: int) -> list[str]:
    """Return one text per column of ``rows``."""
    return [text_column(column) for column in zip(*rows, strict=True)] if rows else [""] * width


def number_rows(rows: Sequence[Sequence[int]]) -> str:
    """Return rows of integers (64 bits) as a two-dimensional array in PostgreSQL's spelling."""
    return msgspec.json.encode(rows).translate(_AS_ARRAY).decode()


def number_array(values: Sequence[int | float | date]) -> str:
    """Return numbers or days as an array in PostgreSQL's spelling, for ``$1::text::bigint[]`` and the like.

    Raises:
        ValueError: when one of them is not there or not finite: JSON spells both as null.
    """
    spelled = msgspec.json.encode(values)[1:-1].decode()
    if "null" in spelled:
        raise ValueError("a packed number is not finite")
    return "{" + spelled + "}"


def byte_rows(parts: Sequence[bytes], size: int) -> bytes:
    """Return bytes of ``size`` each as one.

    Raises:
        ValueError: when they have not that size on the whole: most would end up in the wrong rows.
    """
    joined = b"".join(parts)
    if len(joined) != size * len(parts):
        raise ValueError(f"{len(parts)} packed values have {len(joined)} bytes, not {size} each")
    return joined


def day_number(day: date | None) -> int:
    """Return a day as a number for a column of kind ``day``: 1 is the first of January of the year 1."""
    return NOTHING if day is None else day.toordinal()


def unpacked(
    name: str, first: int, *, texts: str, numbers: str, blobs: Sequence[tuple[str, int]] = ()
) -> tuple[str, int]:
    """Return two members of a WITH list, the second of which is ``name``: the rows that parameters spell.

    Its columns are the texts, the numbers, the bytes, and ``place`` (1, 2, ...).

    Args:
        first: number of the first parameter: the texts come first, then one for the numbers, then one per blob.
        texts: names of columns, each with a ``?`` where the empty text is null, and a ``*`` where it is itself;
            others are never empty.
        numbers: names of columns, each with its kind unless it is bigint: ``:int``, ``:bool``, ``:day``, and a ``?``
            where :data:`NOTHING` is null (in a ``day`` it always is).
        blobs: column and size of bytes; null where all are zero.

    Returns:
        The members, and the number of the parameter after the last.
    """
    labels = texts.split()
    after = first + len(labels)
    split = [f"unnest(string_to_array(${at}, {_SEPARATOR_IN_SQL}, ''))" for at in range(first, after)]
    columns = [_text(label) for label in labels]
    columns += [_number(at, spec) for at, spec in enumerate(numbers.split(), 1)]
    columns += [_bytes(after + at, *blob) for at, blob in enumerate(blobs, 1)]
    sources = [f"{array} AS {label.rstrip('?*')}" for array, label in zip(split, labels, strict=True)]
    # The array of numbers is a member of its own: inside the query it would be read again for every number. Series in
    # a select list run side by side, while in FROM each would first be stored.
    members = f"""{name}_numbers AS MATERIALIZED (
    SELECT ${after}::text::bigint[] AS n
), {name} AS (
    SELECT {", ".join(columns)}, place
    FROM (SELECT n, {", ".join(sources)}, generate_subscripts(n, 1) AS place FROM {name}_numbers) AS t
)"""  # noqa: S608
    return members, after + 1 + len(blobs)


def _text(label: str) -> str:
    column = label.rstrip("?*")
    return f"coalesce({column}, '') AS {column}" if label.endswith("*") else column


def _number(at: int, spec: str) -> str:
    label, _, kind = spec.partition(":")
    value = f"n[place][{at}]"
    if kind == "bool":
        return f"{value} = 1 AS {label}"
    if kind == "day":
        return f"date '0001-12-31 BC' + nullif({value}, {NOTHING})::int AS {label}"
    if kind.endswith("?"):
        value = f"nullif({value}, {NOTHING})"
    return f"{value}::{kind.rstrip('?') or 'bigint'} AS {label}"


def _bytes(parameter: int, label: str, size: int) -> str:
    value = f"substring(${parameter}::bytea, (place * {size} - {size - 1})::int, {size})"
    return f"nullif({value}, decode(repeat('00', {size}), 'hex')) AS {label}"
