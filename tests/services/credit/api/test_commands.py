"""A command is an event: applied once, published with its effect, and the same again when topics are consumed anew."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from contracts.codec import decode
from contracts.topics import topics
from deploy.local.postgres import LocalPostgres
from services.credit.commands import command_time, person
from services.credit.gauges import refresh_once
from services.kit import metrics
from services.kit.clock import FixedClock
from services.kit.database import Database
from services.kit.http.auth import Principal
from services.kit.records import Record
from services.kit.runtime import Runtime
from services.kit.settings import Settings
from tests.services.credit import events as made
from tests.services.credit.api.conftest import Till, until_published
from tests.services.credit.live import LOG_ID, Live
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

TERMS = {"currency": "CNY", "term_days": 30, "limit": "100.00", "reason": "agreed"}


async def published(till: Till, *names: str) -> list[tuple[str, "ConsumerRecord[bytes, bytes]"]]:
    """Everything on the broker by now, topic by topic in the order of ``names``."""
    settings = till.runtime.settings
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka_bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        places = {
            TopicPartition(settings.topic(name), partition): name
            for name in names
            for partition in range(made.PARTITIONS)
        }
        consumer.assign(list(places))
        ends = await consumer.end_offsets(list(places))
        for place in places:
            consumer.seek(place, 0)
        found: list[tuple[str, ConsumerRecord[bytes, bytes]]] = []
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for place, records in (await consumer.getmany(timeout_ms=200)).items():
                found += [(places[place], record) for record in records]
        return sorted(found, key=lambda pair: names.index(pair[0]))
    finally:
        await consumer.stop()


async def until_consumed(till: Till) -> None:
    """Wait until the service has read everything there is on its topics."""
    settings, log_id = till.runtime.settings, till.runtime.log_id

    async def done() -> bool:
        rows = await till.runtime.database.pool.fetch(
            "SELECT topic, partition, next_offset FROM consumer_offsets WHERE log_id = $1", log_id
        )
        stored = {TopicPartition(settings.topic(r["topic"]), r["partition"]): r["next_offset"] for r in rows}
        consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka_bootstrap)
        await consumer.start()
        try:
            ends = await consumer.end_offsets(list(stored))
        finally:
            await consumer.stop()
        return all(stored[place] >= end for place, end in ends.items())

    await until(done)


async def test_a_command_is_published_and_dropped_when_it_comes_back(till: Till) -> None:
    # What other tests commanded comes back too.
    await until_published(till)
    await until_consumed(till)
    customer = till.new()
    dropped = metrics.DUPLICATE_EVENTS.labels("credit")._value.get()
    answer = await till.ask("PUT", f"/accounts/{customer}/terms", TERMS, headers={"traceparent": TRACE})
    producer, _, event_id = answer.json()["event"].partition("/")
    await till.post(f"/accounts/{customer}/hold", {"reason": "dispute"})
    body = {"payment_id": till.new("P"), "customer_id": customer, "currency": "CNY", "amount": "5.00"}
    await till.post("/payments", body, status=201)
    await till.post(f"/payments/{body['payment_id']}/reversal", {"reason": "bounced"})
    await until_published(till)
    await until_consumed(till)

    mine = [
        (topic, record)
        for topic, record in await published(till, "terms", "payments")
        if record.key == customer.encode()
    ]
    events = [decode(record.value) for _, record in mine]
    assert {(topic, event.type) for (topic, _), event in zip(mine, events, strict=True)} == {
        ("terms", "terms.set"),
        ("terms", "terms.hold_placed"),
        ("payments", "payment.received"),
        ("payments", "payment.reversed"),
    }
    assert {event.producer for event in events} == {"credit-api"} == {producer}
    first = events[0]
    assert (first.id, first.data.by) == (event_id, "finance-person")
    assert (first.trace or "")[3:35] == TRACE[3:35]
    assert dict(mine[0][1].headers)["id"] == event_id.encode()
    account = await till.get(f"/accounts/{customer}")
    assert account["journal_seq"] == 4
    assert metrics.DUPLICATE_EVENTS.labels("credit")._value.get() - dropped == 4


TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def test_a_refused_command_leaves_nothing(till: Till) -> None:
    pool = till.runtime.database.pool
    customer = await till.customer()
    order = await till.order(customer, "1.00")
    tables = ("journal", "outbox", "accounts", "idempotency_keys")
    before = [await pool.fetchval(f"SELECT count(*) FROM {table}") for table in tables]
    for path in (f"/held-orders/{order}/release", f"/accounts/{till.new()}/hold"):
        await till.ask("POST", path, {"reason": "x"}, headers={"Idempotency-Key": till.new("key")})
    assert [await pool.fetchval(f"SELECT count(*) FROM {table}") for table in tables] == before


async def test_consuming_the_topics_anew_gives_the_same_journal(
    till: Till, postgres_server: LocalPostgres, credit_template: str
) -> None:
    customer = till.new()
    await till.ask("PUT", f"/accounts/{customer}/terms", TERMS)
    # The clock of the till is ahead of ours: every command comes after what it answers all the same.
    for minute, order in ((30, "A"), (60, "B"), (90, "C")):
        await send(
            till, "order.placed", minute, customer_id=customer, order_id=f"{customer}-{order}", amount="70.00"
        )
    await until_decided(till, f"{customer}-A", f"{customer}-B", f"{customer}-C")
    body = {"payment_id": till.new("P"), "customer_id": customer, "currency": "CNY", "amount": "40.00"}
    await till.post("/payments", body, status=201)
    page = await till.get("/held-orders", params={"customer": customer})
    held = [item["order_id"] for item in page["items"]]
    await till.post(f"/held-orders/{held[0]}/release", {"reason": "agreed"})
    await till.post(f"/payments/{body['payment_id']}/reversal", {"reason": "bounced"})
    await till.post(f"/accounts/{customer}/hold", {"reason": "bounced"})
    await until_published(till)

    name = f"anew_{till.new('d').replace('-', '')}"
    url = await asyncio.to_thread(postgres_server.create_database, name, template=credit_template)
    async with opened(url) as anew:
        await apply_in_order(Live(anew), await published(till, "orders", "payments", "terms"), customer)
        assert await history(anew, customer) == await history(till.runtime.database, customer)
        assert await anew.pool.fetchval("SELECT count(*) FROM dead_letters") == 0
    await asyncio.to_thread(postgres_server.drop_database, name)


async def send(till: Till, type_: str, minute: float, **fields: Any) -> None:
    record = made.record(made.event(type_, minute, **fields))
    await till.runtime.producer.send_and_wait(
        till.runtime.settings.topic(record.topic), record.value, key=record.key, partition=record.partition
    )


async def until_decided(till: Till, *orders: str) -> None:
    async def decided() -> bool:
        return all([(await till.ask("GET", f"/decisions/{order}")).status_code == 200 for order in orders])

    await until(decided)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = await Database.open(url, "credit", 4)
    yield database
    await database.close()


async def apply_in_order(
    live: Live, found: list[tuple[str, "ConsumerRecord[bytes, bytes]"]], customer: str
) -> None:
    """Apply a customer's records as the merge would after an outage: by their own times."""
    records: list[Record] = []
    for topic, raw in found:
        event = decode(raw.value)
        if event.key == customer:
            time = event.occurred_at.timestamp()
            record = Record(
                topic,
                made.RANKS[topic],
                raw.partition,
                raw.offset,
                raw.key,
                raw.value,
                (),
                0,
                time,
                event,
                None,
            )
            records.append(record)
    records.sort(key=lambda record: (record.time, record.rank, record.offset))
    for topic in topics():
        await live.database.pool.executemany(
            "INSERT INTO consumer_offsets (log_id, topic, partition, next_offset) VALUES ($1, $2, $3, 0)",
            [(LOG_ID, topic, partition) for partition in range(made.PARTITIONS)],
        )
    await live.apply(records)


async def history(database: Database, customer: str) -> list[tuple[int, str, bytes]]:
    rows = await database.pool.fetch(
        "SELECT seq, body, hash FROM journal WHERE customer_id = $1 ORDER BY seq", customer
    )
    return [tuple(row) for row in rows]


def runtime_at(moment: datetime, clock: str) -> Runtime:
    settings = Settings.model_validate(
        {"database_url": "postgresql://x", "clock": clock, "timezone": "Asia/Shanghai"}
    )
    return cast(Runtime, SimpleNamespace(settings=settings, clock=FixedClock(moment)))


NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("clock", "reached", "latest", "expected"),
    [
        ("real", None, None, NOW),
        ("real", date(2026, 3, 2), NOW - SECOND, NOW),
        ("real", date(2026, 3, 2), NOW, NOW + MICROSECOND),
        ("real", date(2026, 3, 2), NOW + 30 * SECOND, NOW + 30 * SECOND + MICROSECOND),
        ("real", date(2026, 3, 2), NOW + timedelta(days=2), NOW),
        ("events", date(2013, 5, 6), None, datetime(2013, 5, 5, 16, tzinfo=UTC)),
        (
            "events",
            date(2013, 5, 6),
            datetime(2013, 5, 6, 9, tzinfo=UTC),
            datetime(2013, 5, 6, 9, tzinfo=UTC) + MICROSECOND,
        ),
        ("events", date(2013, 5, 6), datetime(2013, 5, 4, tzinfo=UTC), datetime(2013, 5, 5, 16, tzinfo=UTC)),
        ("events", None, datetime(2013, 5, 4, tzinfo=UTC), datetime(2013, 5, 4, tzinfo=UTC) + MICROSECOND),
        ("events", None, None, NOW),
    ],
)
async def test_a_command_happens_after_what_the_account_has_seen(
    clock: str, reached: date | None, latest: datetime | None, expected: datetime
) -> None:
    assert command_time(runtime_at(NOW, clock), reached, latest) == expected


async def test_a_name_becomes_an_identifier() -> None:
    assert person(Principal("finance-li", "finance")) == "finance-li"
    assert person(Principal("Li Ming 100%", "finance")) == "Li%20Ming%20100%25"
    assert (
        person(Principal("李明" * 20, "finance"))
        == "%E6%9D%8E%E6%98%8E%E6%9D%8E%E6%98%8E%E6%9D%8E%E6%98%8E%E6%9D%8E"[:64]
    )
    assert len(person(Principal("李明" * 20, "finance"))) <= 64


async def test_the_gauge_counts_held_orders(till: Till) -> None:
    customer = await till.customer("10.00")
    await till.order(customer, "20.00")
    await refresh_once(till.runtime)
    held = await till.runtime.database.pool.fetchval("SELECT count(*) FROM orders WHERE status = 'held'")
    assert metrics.HELD_ORDERS._value.get() == held > 0


async def test_payments_are_listed_through_their_index(till: Till) -> None:
    async with till.runtime.database.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        plan = await connection.fetch(
            """EXPLAIN SELECT day, encode(event_key, 'hex') FROM journal WHERE kind = 'credit'
               AND (day, encode(event_key, 'hex')) < ('2026-03-02'::date, 'ff'::text)
               ORDER BY day DESC, encode(event_key, 'hex') DESC LIMIT 101"""
        )
    lines = "\n".join(row[0] for row in plan)
    assert "journal_payments" in lines
    assert "Index Cond" in lines
