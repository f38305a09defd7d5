"""Customers as they are ranked (classing/), read from the tables once and kept up with, and what the ranking says."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.insights.classing import FURTHER, NOTHING, SCORED, VALUES, Company, Ranking
from services.insights.classing.company import STORED
from services.insights.rules.abc import DIMENSIONS
from services.kit.database import Connection

RANKING_LOCK = int.from_bytes(b"ranking", "big")
"""Advisory lock: one replica ranks at a time."""
ROWS_AT_ONCE = 10_000

_CLASSES = (*(f"{dimension}_class" for dimension in DIMENSIONS), "overall")
_TEXTS = frozenset({*_CLASSES, "rfm_group", "tier", "grade"})


def _number(column: str) -> str:
    value = "v.last_order_day - date '0001-01-01'" if column == "last_order_day" else f"v.{column}"
    return f"coalesce(({value})::bigint, {NOTHING})"


def _code(column: str) -> str:
    if column in _CLASSES:
        return f"coalesce(ascii(c.{column}) - 65, -1)"
    return f"c.{column}" if column in _TEXTS else f"coalesce(c.{column}, -1)"


_NUMBERS = ", ".join(map(_number, (*VALUES.values(), *FURTHER)))
_EVERYBODY = f"SELECT v.customer_id, {_NUMBERS} FROM customer_values AS v WHERE currency = $1"  # noqa: S608
_SOME = f"""
SELECT v.customer_id, {_NUMBERS} FROM unnest($2::text[]) AS i (customer_id)
JOIN customer_values AS v ON v.customer_id = i.customer_id AND v.currency = $1
"""  # noqa: S608
_STORED = f"""
SELECT c.customer_id, {", ".join(map(_code, STORED))} FROM customer_classes AS c WHERE currency = $1
"""  # noqa: S608

_COLUMNS = (*_CLASSES, *SCORED)
_GIVEN = ", ".join(
    f"${n}::{'text' if column in _TEXTS else 'int'}[]" for n, column in enumerate(_COLUMNS, start=3)
)
_WRITE = f"""
INSERT INTO customer_classes (customer_id, currency, {", ".join(_COLUMNS)})
SELECT g.customer_id, $1, {", ".join(f"g.{column}" for column in _COLUMNS)}
FROM unnest($2::text[], {_GIVEN}) AS g (customer_id, {", ".join(_COLUMNS)})
ON CONFLICT (customer_id, currency) DO UPDATE SET {", ".join(f"{c} = excluded.{c}" for c in _COLUMNS)}
"""  # noqa: S608

_NOTE = """
INSERT INTO rankings AS r (currency, number) VALUES ($1, 1)
ON CONFLICT (currency) DO UPDATE SET number = r.number + 1 RETURNING number
"""


async def lead(connection: Connection) -> bool:
    """Become the one that ranks, until the end of the transaction. Tells whether nobody else is."""
    leading: bool = await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", RANKING_LOCK)
    return leading


async def anything_unranked(connection: Connection) -> bool:
    """Tell whether a value has changed since the last ranking."""
    found: bool = await connection.fetchval("SELECT EXISTS (SELECT FROM unranked_currencies)")
    return found


async def take_unranked(connection: Connection) -> Mapping[str, set[str] | None]:
    """Return whose values have changed, by currency, and note that they are ranked; None: anybody's may have.

    What is committed from here on is noted anew; what was committed before is seen by later statements.
    """
    found: dict[str, set[str] | None] = {}
    for currency, customer_id in await connection.fetch(
        "DELETE FROM unranked_currencies RETURNING currency, customer_id"
    ):
        some = found.setdefault(currency, set())
        if customer_id is None:
            found[currency] = None
        elif some is not None:
            some.add(customer_id)
    return dict(sorted(found.items()))


async def numbers_of_rankings(connection: Connection) -> dict[str, int]:
    """Return how often each currency has been ranked, by any replica."""
    return {row["currency"]: row["number"] for row in await connection.fetch("SELECT * FROM rankings")}


async def note_ranking(connection: Connection, currency: str) -> int:
    """Count a ranking, and return its number."""
    number: int = await connection.fetchval(_NOTE, currency)
    return number


async def read_company(connection: Connection, currency: str) -> Company:
    """Read all customers of a currency: a second or two for 200,000."""
    # The pool plans every statement by key; this one reads everything.
    await connection.execute("SET LOCAL enable_seqscan = on")
    company = Company()
    for statement, take in ((_EVERYBODY, company.set_values), (_STORED, company.set_stored)):
        cursor = await connection.cursor(statement, currency)
        while rows := await cursor.fetch(ROWS_AT_ONCE):
            ids, *columns = zip(*rows, strict=True)
            take(ids, columns)
    return company


async def keep_up(connection: Connection, currency: str, company: Company, ids: set[str]) -> None:
    """Read the values of these customers anew."""
    found = await connection.fetch(_SOME, currency, sorted(ids))
    if found:
        ids_found, *columns = zip(*found, strict=True)
        company.set_values(ids_found, columns)
    company.take_out(sorted(ids - {row["customer_id"] for row in found}))


async def write_ranking(connection: Connection, currency: str, company: Company, ranking: Ranking) -> None:
    """Write what differs from what is stored, and nothing else."""
    if len(ranking.gone):
        await connection.execute(
            "DELETE FROM customer_classes WHERE currency = $1 AND customer_id = ANY($2::text[])",
            currency,
            _ids(company, ranking.gone.tolist()),
        )
    for first in range(0, len(ranking.places), ROWS_AT_ONCE):
        some = slice(first, first + ROWS_AT_ONCE)
        ids = _ids(company, ranking.places[some].tolist())
        await connection.execute(_WRITE, currency, ids, *company.shown(ranking.codes[:, some]))


def _ids(company: Company, places: Sequence[int]) -> list[Any]:
    return [company.ids[place] for place in places]
