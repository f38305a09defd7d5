"""The outbox on a real database and a real broker: order, the sweep, two sweepers, a broker that is away."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaConnectionError

from deploy.local.tansu import TansuBroker
from services.kit.database import Database
from services.kit.kafka import kafka_producer
from services.kit.outbox import OutboxRow, Publisher, purge_outbox
from tests.kit.lab import Lab, customer_on, until

ALICE, BOB = customer_on(0), customer_on(1)


@asynccontextmanager
async def publishing(lab: Lab, *, started: bool = True) -> AsyncIterator[tuple[Database, Publisher]]:
    database, producer = await lab.database(), kafka_producer(lab.settings, lab.schema)
    await producer.start()
    publisher = Publisher(
        database,
        producer,
        service=lab.schema,
        topic_prefix=lab.settings.topic_prefix,
        partitions=lab.settings.partitions,
        sweep_after_s=3600,
    )
    if started:
        database.on_committed = publisher.enqueue
        publisher.start()
    try:
        yield database, publisher
    finally:
        await publisher.stop()
        await producer.stop()
        await database.close()


async def write(database: Database, *event_ids: str, customer: str = ALICE, value: bytes = b"{}") -> None:
    async with database.unit_of_work() as unit:
        unit.publish_all([OutboxRow("credit", customer.encode(), i, value) for i in event_ids])


async def on_broker(lab: Lab, partition: int = 0) -> list[str]:
    """The ids on the topic, in the order of the log."""
    consumer = AIOKafkaConsumer(bootstrap_servers=lab.settings.kafka_bootstrap, fetch_max_wait_ms=50)
    await consumer.start()
    found: list[str] = []
    try:
        place = lab.place("credit", partition)
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        quiet = 0
        while quiet < 3:
            fetched = await consumer.getmany(timeout_ms=100)
            found += [dict(r.headers)["id"].decode() for records in fetched.values() for r in records]
            quiet = 0 if fetched else quiet + 1
    finally:
        await consumer.stop()
    return found


async def unpublished(lab: Lab) -> int:
    rows = await lab.fetch("SELECT count(*) AS n FROM outbox_batches WHERE published_at IS NULL")
    count: int = rows[0]["n"]
    return count


def all_marked(lab: Lab) -> Any:
    async def marked() -> bool:
        return await unpublished(lab) == 0

    return marked


@pytest.fixture
async def lab(lab_url: str, tansu_server: TansuBroker) -> Lab:
    return await Lab.make(lab_url, tansu_server)


async def test_publishes_in_the_order_of_the_commits_and_marks(lab: Lab) -> None:
    async with publishing(lab) as (database, _):
        for number in range(20):
            await write(database, f"a{number}")
            await write(database, f"b{number}", customer=BOB)
        await until(all_marked(lab))
    assert await on_broker(lab, 0) == [f"a{number}" for number in range(20)]
    assert await on_broker(lab, 1) == [f"b{number}" for number in range(20)]


async def test_the_sweep_publishes_what_a_crash_left_in_order(lab: Lab) -> None:
    async with publishing(lab, started=False) as (database, publisher):
        # More batches than one round of the sweep takes.
        for number in range(60):
            await write(database, f"e{number}")
        assert await publisher.sweep() == 60
        assert await publisher.sweep() == 0
    assert await on_broker(lab) == [f"e{number}" for number in range(60)]


async def test_the_sweep_leaves_young_batches_and_those_in_hand_alone(lab: Lab) -> None:
    async with publishing(lab, started=False) as (database, publisher):
        await write(database, "young")
        assert await publisher.sweep(older_than_s=3600) == 0
        database.on_committed = publisher.enqueue
        await write(database, "in hand")
        assert await publisher.sweep() == 1
        publisher._queue.get_nowait()
        publisher._queue.task_done()
    assert await on_broker(lab) == ["young"]


async def test_two_sweepers_do_not_publish_the_same_batch(lab: Lab) -> None:
    async with publishing(lab, started=False) as (database, one), publishing(lab, started=False) as (_, two):
        for number in range(40):
            await write(database, f"e{number}")
        publish, both_hold = one._publish, asyncio.Event()

        async def held(rows: Sequence[OutboxRow]) -> None:
            await both_hold.wait()
            await publish(rows)

        one._publish = held  # type: ignore[method-assign]
        first = asyncio.create_task(one.sweep())

        async def locked() -> bool:
            return not await lab.fetch("SELECT FROM outbox_batches FOR UPDATE SKIP LOCKED")

        await until(locked)
        assert await two.sweep() == 0, "the other one has them"
        both_hold.set()
        assert await first == 40
    assert await on_broker(lab) == [f"e{number}" for number in range(40)]


async def test_half_published_batches_are_published_again_as_a_whole(lab: Lab) -> None:
    async with publishing(lab, started=False) as (database, publisher):
        async with database.unit_of_work() as unit:
            unit.publish_all([OutboxRow("credit", c.encode(), f"{c}-1", b"{}") for c in (ALICE, BOB)])
        # What the crashed process had sent before it died.
        await publisher._publish([OutboxRow("credit", ALICE.encode(), f"{ALICE}-1", b"{}")])
        assert await publisher.sweep() == 2
    assert await on_broker(lab, 0) == [f"{ALICE}-1"] * 2
    assert await on_broker(lab, 1) == [f"{BOB}-1"]


async def test_a_broker_that_is_away_holds_up_and_loses_nothing(lab: Lab) -> None:
    async with publishing(lab) as (database, publisher):
        send, away = publisher._send, True

        async def unreachable(
            topic: str, partition: int, rows: list[OutboxRow]
        ) -> "list[asyncio.Future[Any]]":
            if away:
                raise KafkaConnectionError("away")
            return await send(topic, partition, rows)

        publisher._send = unreachable  # type: ignore[method-assign]
        for number in range(70):
            await write(database, f"e{number}")
        waiting = asyncio.create_task(publisher.wait_for_room())
        await asyncio.sleep(0)
        assert not waiting.done(), "the consumer waits instead of piling up"
        assert publisher.failed is None
        away = False
        await asyncio.wait_for(waiting, 30)
        await until(all_marked(lab))
    assert await on_broker(lab) == [f"e{number}" for number in range(70)]


async def test_a_new_log_gets_the_whole_retained_outbox(lab: Lab) -> None:
    async with publishing(lab) as (database, publisher):
        await write(database, "a", "b")
        await write(database, "c")
        await until(all_marked(lab))
        await publisher.republish_everything()
        assert await publisher.sweep() == 3
    assert await on_broker(lab) == ["a", "b", "c"] * 2


async def test_one_event_larger_than_a_producer_batch(lab: Lab) -> None:
    async with publishing(lab) as (database, _):
        await write(database, "small", "large", "after", value=b"x" * 600_000)
        await until(all_marked(lab))
    assert await on_broker(lab) == ["small", "large", "after"]


async def test_purge_deletes_only_what_is_published_and_past_its_retention(lab: Lab) -> None:
    async with publishing(lab, started=False) as (database, publisher):
        await write(database, "old")
        await publisher.sweep()
        await write(database, "unpublished")
        await lab.fetch(
            "UPDATE outbox_batches SET published_at = now() - interval '91 days' WHERE published_at IS NOT NULL"
        )
        assert await purge_outbox(database, 90) == 1
    assert [row["event_id"] for row in await lab.fetch("SELECT event_id FROM outbox")] == ["unpublished"]
