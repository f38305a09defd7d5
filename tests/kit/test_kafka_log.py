"""What only Apache Kafka does to a log: transactions with their control records, and deletion of old records."""

import asyncio

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from deploy.local.kafka import ApacheKafka
from services.kit.errors import LogMismatchError
from tests.kit.lab import Lab, customer_on, paid, placed, process, until

pytestmark = pytest.mark.kafka

ALICE = customer_on(0)


async def test_transactions_and_aborted_ones_do_not_block(
    lab_url: str, apache_kafka_server: ApacheKafka
) -> None:
    """Control records lie at the end of both topics, where the last record's offset never reaches the log's end."""
    lab = await Lab.make(lab_url, apache_kafka_server)
    producer = AIOKafkaProducer(bootstrap_servers=lab.settings.kafka_bootstrap, transactional_id=lab.schema)
    async with producer, process(lab) as running:
        await running.ready()

        async def send(abort: bool, *events: tuple[str, bytes]) -> None:
            await producer.begin_transaction()
            for topic, value in events:
                await producer.send_and_wait(
                    lab.settings.topic(topic), value, key=ALICE.encode(), partition=0
                )
            await (producer.abort_transaction() if abort else producer.commit_transaction())

        await send(False, ("payments", paid("p1", ALICE, 1)))
        await send(False, ("orders", placed("o2", ALICE, 2)))
        await send(True, ("orders", placed("never", ALICE, 3)), ("payments", paid("never-2", ALICE, 4)))
        await send(False, ("payments", paid("p5", ALICE, 5)))
        await send(True, ("orders", placed("never-3", ALICE, 6)))
        await lab.wait_applied(3)
        # Restarted behind control records, it checks the record it applied last and goes on.
    async with process(lab):
        await lab.send("orders", placed("o7", ALICE, 7), customer=ALICE)
        await lab.wait_applied(4)
    assert await lab.applied() == ["p1", "o2", "p5", "o7"]
    assert await lab.letters() == []


async def test_an_open_transaction_holds_back_only_what_is_behind_it(
    lab_url: str, apache_kafka_server: ApacheKafka
) -> None:
    lab = await Lab.make(lab_url, apache_kafka_server)
    producer = AIOKafkaProducer(bootstrap_servers=lab.settings.kafka_bootstrap, transactional_id=lab.schema)
    async with producer, process(lab) as running:
        await running.ready()
        await producer.begin_transaction()
        await producer.send_and_wait(
            lab.settings.topic("payments"), paid("p1", ALICE, 1), key=ALICE.encode(), partition=0
        )
        await lab.send("orders", placed("o2", ALICE, 2), customer=ALICE)
        await lab.wait_applied(1)
        await producer.commit_transaction()
        await lab.wait_applied(2)
    assert await lab.applied() == ["o2", "p1"], "nobody knows of a payment that is not committed"


async def test_retention_past_the_stored_offset_stops_it(
    lab_url: str, apache_kafka_server: ApacheKafka
) -> None:
    lab = await Lab.make(lab_url, apache_kafka_server)
    await lab.send("orders", *(placed(f"e{n}", ALICE, n) for n in range(2)), customer=ALICE)
    async with process(lab):
        await lab.wait_applied(2)
    await lab.send("orders", *(placed(f"e{n}", ALICE, n) for n in range(2, 6)), customer=ALICE)
    admin = AIOKafkaAdminClient(bootstrap_servers=lab.settings.kafka_bootstrap)
    await admin.start()
    await admin.delete_records({lab.place("orders", 0): RecordsToDelete(before_offset=4)})
    await admin.close()
    async with process(lab) as running:
        error = await running.ended_with()
    assert isinstance(error, LogMismatchError)
    assert "orders-0 begins at 4, but" in str(error)
    assert "needs 2: retention has deleted what was not yet applied" in str(error)
    assert await lab.applied() == ["e0", "e1"]


async def test_retention_up_to_the_stored_offset_is_no_matter(
    lab_url: str, apache_kafka_server: ApacheKafka
) -> None:
    lab = await Lab.make(lab_url, apache_kafka_server)
    await lab.send("orders", *(placed(f"e{n}", ALICE, n) for n in range(3)), customer=ALICE)
    async with process(lab):
        await lab.wait_applied(3)
    admin = AIOKafkaAdminClient(bootstrap_servers=lab.settings.kafka_bootstrap)
    await admin.start()
    await admin.delete_records({lab.place("orders", 0): RecordsToDelete(before_offset=3)})
    await admin.close()
    async with process(lab) as running:
        await running.ready()
        await lab.send("orders", placed("e3", ALICE, 3), customer=ALICE)
        await lab.wait_applied(4)
    assert await lab.applied() == ["e0", "e1", "e2", "e3"]


async def test_a_broker_that_is_frozen_for_a_while(lab_url: str) -> None:
    """Longer than a session lasts: the member is thrown out, joins again, and goes on."""
    with ApacheKafka() as broker:
        lab = await Lab.make(lab_url, broker)
        async with process(lab) as running:
            await running.ready()
            await lab.send("orders", placed("e0", ALICE, 0), customer=ALICE)
            await lab.wait_applied(1)
            broker.suspend()
            await asyncio.sleep(8)
            broker.resume()

            async def sent() -> bool:
                await lab.send("orders", placed("e1", ALICE, 1), customer=ALICE)
                return True

            await until(sent)
            await lab.wait_applied(2)
        assert await lab.applied() == ["e0", "e1"]
