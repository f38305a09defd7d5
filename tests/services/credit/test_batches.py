"""The same events give the same journal and state, however they are cut into batches and whatever goes wrong."""

import json
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from services.credit.hashes import journal_hash, state_hash
from services.credit.verify import verify
from services.kit.database import Database, UnitOfWork
from services.kit.records import Received, Record, Refused
from tests.services.credit.events import DAY, event, partition
from tests.services.credit.live import Live, numbered
from tests.services.credit.streams import stream

EVENTS = 300


class Unlucky(Live):
    """Loses its memory, its transactions and its temper at random, after the work is done and before the commit."""

    def __init__(self, database: Database, random: Random) -> None:
        super().__init__(database)
        self._random = random
        self.rolled_back = 0
        apply = self.processor.apply

        async def failing(unit: UnitOfWork, events: Sequence[Received]) -> list[Refused]:
            refused = await apply(unit, events)
            if self._random.random() < 0.15:
                self.rolled_back += 1
                # The first is tried again as it is, the second by halves, down to the single event.
                raise ConnectionError if len(events) == 1 or self._random.random() < 0.5 else RuntimeError
            return refused

        self.processor.apply = failing  # type: ignore[method-assign]

    async def apply(self, records: Sequence[Record]) -> Any:
        if self._random.random() < 0.2:
            self.lose_memory()
        return await super().apply(records)


async def _history(database: Database, seed: int, cut: Random | None) -> tuple[str, str, list[Any]]:
    """Apply the stream one event at a time, or cut at random; return what came of it."""
    records = await numbered(database, stream(seed, EVENTS))
    if cut is None:
        live = Live(database)
        for record in records:
            await live.apply([record])
    else:
        live = Unlucky(database, cut)
        while records:
            size = cut.choice((1, 2, 5, 30, 200))
            # Some records come again, as after a rebalance: the fence drops them.
            await live.apply(records[:size])
            if cut.random() < 0.2:
                assert (await live.apply(records[:size])).applied == 0
            records = records[size:]
        assert live.rolled_back
    assert [str(problem) for problem in (await verify(database)).problems] == []
    dead = await database.pool.fetch(
        'SELECT topic, partition, "offset", field, reason FROM dead_letters ORDER BY 1, 2, 3'
    )
    return await journal_hash(database), await state_hash(database), [tuple(row) for row in dead]


@pytest.mark.parametrize("seed", [11, 12])
async def test_batches_make_no_difference(databases: list[Database], seed: int) -> None:
    alone = await _history(databases[0], seed, None)
    for number, database in enumerate(databases[1:]):
        assert await _history(database, seed, Random(seed * 100 + number)) == alone


async def test_sending_everything_again_changes_nothing(database: Database) -> None:
    live = Live(database)
    records = await numbered(database, stream(13, 400))
    await live.apply(records)
    before = await journal_hash(database), await state_hash(database)
    # What was refused was not applied, and may be accepted when it is sent again: that is how a dead letter is retried.
    dead = await database.pool.fetch('SELECT topic, partition, "offset" FROM dead_letters')
    refused = {tuple(row) for row in dead}
    events = [
        r.event for r in records if r.event is not None and (r.topic, r.partition, r.offset) not in refused
    ]
    await live.apply_events(*events)
    assert (await journal_hash(database), await state_hash(database)) == before


async def test_a_process_just_started_reads_only_the_invoices_it_names(database: Database) -> None:
    """Many open invoices cost a decision nothing, and the evidence is that of a process that knows them all."""
    live = Live(database)
    names = [f"{prefix}{n}" for n in range(20) for prefix in ("I-", "i_", "J-")]
    invoices = [
        event(
            "order.invoiced",
            n / 60,
            invoice_id=name,
            order_id=None,
            amount="1.00",
            due_on=DAY - timedelta(n % 4),
        )
        for n, name in enumerate(names)
    ]
    settled = event(
        "payment.received", 3, amount="2.00", allocations=[{"invoice_id": "I-3", "amount": "1.00"}]
    )
    await live.apply_events(event("terms.set", -1, limit=None, overdue={"max_items": 0}), *invoices, settled)
    await live.apply_events(
        event("clock.day_started", 1440, day=DAY + timedelta(days=1), partition=partition("C-1"))
    )
    await live.apply_events(event("order.placed", 1441, order_id="O-1"))
    live.lose_memory()
    await live.apply_events(event("order.placed", 1442, order_id="O-2"))
    account = live.ledger._kept["C-1"]
    assert (account.items, account.items_loaded) == ({}, False)
    await live.apply_events(event("order.placed", 1443, order_id="O-3"))

    rows = await database.pool.fetch("SELECT body FROM journal WHERE kind = 'decision' ORDER BY seq")
    known, *read = [json.loads(row["body"])["reasons"][0] for row in rows]
    assert len(known["documents"]) == 20 < known["value"]
    assert read == [known, known]
    # Money needs all of them.
    await live.apply_events(event("payment.received", 1444, payment_id="P-2", amount="40.00"))
    assert live.ledger._kept["C-1"].items_loaded
    assert (await verify(database)).problems == []
