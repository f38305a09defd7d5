"""10,000 customers cross a threshold in one batch: each alert once, a message per person, and sets all the way."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
import pytest

from contracts.envelope import Event
from services.insights.deriving import CHANGES_PER_STEP
from services.kit.database import Database
from tests.services.insights.alerts.inbox import Inbox, overdue
from tests.services.insights.delivery.outside import outside
from tests.services.insights.delivery.post import Post
from tests.services.insights.events import event, tick
from tests.services.insights.processing import Processing

CUSTOMERS = [f"C-{n:05}" for n in range(10_000)]
SELLERS = [f"S-{n}" for n in range(5)]
STATEMENTS_PER_STEP = 60
"""Of one group of customers to derive, whatever its size; alerts are the last of several derivations."""


@contextmanager
def counting(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Count the statements that are sent to the database."""
    sent = [0]
    with monkeypatch.context() as patched:
        for name in ("execute", "fetch", "fetchval", "fetchrow"):
            real = getattr(asyncpg.Connection, name)

            async def counted(self: Any, *args: Any, real: Any = real, **kwargs: Any) -> Any:
                sent[0] += 1
                return await real(self, *args, **kwargs)

            patched.setattr(asyncpg.Connection, name, counted)
        yield sent


async def statements(
    monkeypatch: pytest.MonkeyPatch, inbox: Inbox, events: list[Event[Any]]
) -> tuple[int, int]:
    """How many statements a batch takes, and deriving what follows."""
    with counting(monkeypatch) as batch:
        await inbox.processing.apply(*events)
    with counting(monkeypatch) as deriving:
        await inbox.derive()
    return batch[0], deriving[0]


async def test_ten_thousand_at_once(
    processing: Processing, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = Inbox(processing, database)
    owners = [
        event("customer.assigned", customer_id=customer, salesperson_id=SELLERS[n % len(SELLERS)], at=-1)
        for n, customer in enumerate(CUSTOMERS)
    ]
    await processing.apply(tick("2026-01-05"), event("customer.assigned", customer_id="few", at=-1), *owners)
    await inbox.derive()
    few, _ = await statements(monkeypatch, inbox, [overdue(1, 5, customer_id="few")])
    with outside() as server:
        post = Post(database, server)
        for seller in SELLERS:
            await post.add(seller, digest_minutes=5, digest_count=10_000)
        storm = [overdue(1, 5, customer_id=customer) for customer in CUSTOMERS]
        many, deriving = await statements(monkeypatch, inbox, storm)
        assert many == few, "a batch of 10,000 takes as many statements as a batch of one"
        assert deriving <= STATEMENTS_PER_STEP * (len(CUSTOMERS) // CHANGES_PER_STEP + 2)
        await _each_once(inbox)
        # Everything once more, as another process would that takes the log up from its beginning.
        await processing.apply(*(overdue(1, 5, customer_id=customer) for customer in CUSTOMERS))
        await inbox.derive()
        await _each_once(inbox)
        await post.serve()
        assert server.seen == []
        await post.serve(later_s=301)
        await post.serve(later_s=301)
        assert set(await post.states()) == {"sent"}
        assert Counter(line.split(" ")[1] for line, _ in server.seen) == {f"/{s}": 1 for s in SELLERS}
        assert {message["title"] for message in post.messages()} == {"2000 alerts: 2000 warning"}


async def _each_once(inbox: Inbox) -> None:
    found = await inbox.rows("customer_id <> 'few'")
    assert [row["customer_id"] for row in found] == CUSTOMERS
    assert {(row["occurrence"], row["state"], row["version"]) for row in found} == {(1, "raised", 1)}
    assert len(await inbox.steps()) == len(CUSTOMERS) + 1
    told = Counter(e.data.dedup_key for e in await inbox.told())
    assert len(told) == len(CUSTOMERS) + 1
    assert set(told.values()) == {1}
    rows = await inbox.database.pool.fetch("SELECT alert_id FROM deliveries")
    assert len(rows) == len({row["alert_id"] for row in rows}) == len(CUSTOMERS)
