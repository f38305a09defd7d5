"""Back-tests over the journals of real customers equal what polars computes from the files' events."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from contracts.envelope import Event
from deploy.feed import uci, wwi
from deploy.feed.data_folder import UCI, data_folder
from services.credit.back_test.run import Totals, run
from services.credit.rules.entries import Decided, decode_entry
from services.credit.rules.policy import Policy, document_of
from services.kit.database import Database
from services.kit.verify import snapshot
from tests.services.credit.events import PARTITIONS
from tests.services.credit.expected_decisions import DELIVERED, Plain, fails, judged, standing
from tests.services.credit.feed_books import Books, books_of, with_terms
from tests.services.credit.semi_synthetic import semi_synthetic
from tests.services.credit.test_real_receivables import imported

pytestmark = pytest.mark.data

FIGURES = ("decisions", "blocked", "passed", "sales_blocked", "sales_passed", "overdue_avoided")
ANY_DAY = (date(2000, 1, 1), date(2100, 1, 1))


@pytest.fixture(scope="module")
def data() -> Path:
    folder = data_folder()
    if not (folder / f"{UCI}.parquet").is_file():
        pytest.skip(f"no public data in {folder}; set TALLYMAN_DATA to the folder that holds it")
    return folder


def candidates(typical: int) -> list[Plain]:
    """Policies that block, that let pass, and that do both. ``typical``: the median order."""
    return [
        Plain(off=frozenset({"limit"}), items=0),
        Plain(single=typical * 2, amount=typical // 2),
        Plain(off=frozenset({"overdue_days", "overdue_items"}), days=0, share=20),
        Plain(off=frozenset({"limit", "single_order_maximum", "overdue_amount"}), single=1, share=0, days=5),
    ]


async def decided(database: Database, books: Books) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What the journal says: each order's first decision, and the event that approved it, if one did."""
    first: dict[str, str] = {}
    approved: dict[str, int] = {}
    for row in await database.pool.fetch("SELECT body FROM journal ORDER BY customer_id, seq"):
        entry = decode_entry(row["body"])
        if isinstance(entry, Decided):
            first.setdefault(entry.order, entry.outcome)
            if entry.outcome == "approved":
                approved.setdefault(entry.order, books.numbers[entry.event])
    return (
        pl.DataFrame({"order_id": list(first), "outcome": list(first.values())}),
        pl.DataFrame({"order_id": list(approved), "number": list(approved.values())}),
    )


async def compare(
    database: Database, events: list[Event[Any]], currency: str, *, named: bool
) -> dict[str, int]:
    """Compare every candidate; return the figures of all of them together."""
    await imported(database, events, currency)
    books = books_of(events, PARTITIONS, currency, named=named)
    recorded, approved = await decided(database, books)
    # What was decided then is right to begin with.
    then = (
        standing(books, approved).join(recorded, on="order_id").with_columns(fails(DELIVERED).alias("fails"))
    )
    wrong = then.filter(pl.col("fails") != (pl.col("outcome") == "held"))
    assert (len(then), len(wrong)) == (len(books.orders), 0), wrong
    days = books.orders["day"]
    middle = (days.sort()[len(days) // 3], days.sort()[len(days) * 2 // 3])
    found = dict.fromkeys(FIGURES, 0) | {"held": int(then["fails"].sum())}
    typical = int(books.orders["amount"].median())  # type: ignore[arg-type]
    for period in (ANY_DAY, middle):
        for candidate in candidates(typical):
            figures, flips = judged(books, recorded, approved, candidate, *period)
            totals = await _same(database, candidate.document(currency), period, figures, flips)
            for name in FIGURES:
                found[name] += totals[name]
    return found


async def _same(
    database: Database,
    policy: dict[str, Any],
    period: tuple[date, date],
    figures: pl.DataFrame,
    flips: pl.DataFrame,
) -> dict[str, int]:
    totals, mine, turned = Totals(), {}, []
    async with snapshot(database) as connection:
        async for result in run(connection, Policy(2, document_of(policy)), *period, totals):
            [outcome] = result.outcomes.values()
            assert outcome.restated == 0
            mine[result.customer_id] = {name: getattr(outcome, name) for name in FIGURES}
            turned += [(result.customer_id, f.order, f.recorded, f.candidate, f.amount) for f in result.flips]
    assert sorted(turned) == flips.sort("customer_id", "order_id").rows()
    assert mine == {row["customer_id"]: {n: row[n] for n in FIGURES} for row in figures.iter_rows(named=True)}
    [together] = totals.outcomes.values()
    summed = {name: int(figures[name].sum()) for name in FIGURES}
    assert {name: getattr(together, name) for name in FIGURES} == summed
    return summed


async def late_payers(database: Database, data: Path, until: date) -> dict[str, int]:
    events = list(semi_synthetic(data, until, PARTITIONS, seed=20_10))
    return await compare(database, list(with_terms(events, uci.CURRENCY, {})), uci.CURRENCY, named=False)


async def wholesaler(database: Database, data: Path, until: date) -> dict[str, int]:
    """Nobody pays late in the file: every other account has no days to pay, and so is overdue over night."""
    events = list(wwi.feed(data, wwi.WwiOptions(until=until, partitions=PARTITIONS)).events)
    return await compare(database, list(with_terms(events, wwi.CURRENCY, {0: 0})), wwi.CURRENCY, named=True)


def enough(found: dict[str, int], held: int) -> None:
    assert found["held"] > held
    assert min(found.values()) > held // 10, found


async def test_three_months_of_online_retail_paid_late(database: Database, data: Path) -> None:
    enough(await late_payers(database, data, date(2010, 3, 15)), 500)


async def test_two_months_of_wide_world_importers(database: Database, data: Path) -> None:
    enough(await wholesaler(database, data, date(2013, 2, 28)), 500)


@pytest.mark.slow
async def test_all_of_online_retail_paid_late(database: Database, data: Path) -> None:
    enough(await late_payers(database, data, date(2011, 6, 30)), 5_000)


@pytest.mark.slow
async def test_a_year_of_wide_world_importers(database: Database, data: Path) -> None:
    enough(await wholesaler(database, data, date(2013, 12, 31)), 3_000)
