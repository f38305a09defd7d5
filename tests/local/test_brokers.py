"""What Tallyman leans on in a broker, the same tests on Tansu and on Apache Kafka."""

import asyncio
import uuid
from collections.abc import Iterator

import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import UnknownError

from deploy.local.broker import Broker, BrokerProcess
from deploy.local.kafka import ApacheKafka, why_unavailable
from deploy.local.tansu import TansuBroker
from deploy.local.topics import ensure_topics

# A group join takes seconds on Tansu, and a machine under load takes its time.
JOIN_TIMEOUT_S = 90


async def fresh_topic(broker: Broker, partitions: int = 1) -> str:
    name = f"t-{uuid.uuid4().hex}"
    await ensure_topics(broker.bootstrap, [(name, partitions, {})])
    return name


async def produce(broker: Broker, topic: str, count: int, partition: int = 0) -> None:
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap, acks="all") as producer:
        for number in range(count):
            await producer.send_and_wait(topic, str(number).encode(), partition=partition)


async def values(broker: Broker, topic: str, count: int) -> list[bytes | None]:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest")
    async with asyncio.timeout(30), consumer:
        return [(await consumer.getone()).value for _ in range(count)]


class TestEveryBroker:
    async def test_record_comes_back_with_key_headers_and_time(self, any_broker: Broker) -> None:
        topic = await fresh_topic(any_broker)
        headers = [("id", b"0190"), ("empty", b""), ("bytes", b"\xff\x00")]
        async with AIOKafkaProducer(bootstrap_servers=any_broker.bootstrap, acks="all") as producer:
            sent = await producer.send_and_wait(
                topic, "客户".encode(), key=b"customer-1", headers=headers, timestamp_ms=1_259_625_600_000
            )
        consumer = AIOKafkaConsumer(
            topic, bootstrap_servers=any_broker.bootstrap, auto_offset_reset="earliest"
        )
        async with asyncio.timeout(30), consumer:
            record = await consumer.getone()
        assert (record.key, record.value, record.offset) == (b"customer-1", "客户".encode(), sent.offset)
        assert list(record.headers) == headers
        assert record.timestamp == 1_259_625_600_000

    async def test_offsets_at_both_ends_and_high_watermark(self, any_broker: Broker) -> None:
        topic = await fresh_topic(any_broker, partitions=2)
        full, empty = TopicPartition(topic, 0), TopicPartition(topic, 1)
        await produce(any_broker, topic, 7)
        consumer = AIOKafkaConsumer(bootstrap_servers=any_broker.bootstrap, auto_offset_reset="earliest")
        async with asyncio.timeout(30), consumer:
            consumer.assign([full, empty])
            assert await consumer.beginning_offsets([full, empty]) == {full: 0, empty: 0}
            assert await consumer.end_offsets([full, empty]) == {full: 7, empty: 0}
            first = await consumer.getone(full)
            assert first.offset == 0
            assert consumer.highwater(full) == 7

    async def test_seek_repeats_and_skips(self, any_broker: Broker) -> None:
        topic = await fresh_topic(any_broker)
        await produce(any_broker, topic, 5)
        partition = TopicPartition(topic, 0)
        consumer = AIOKafkaConsumer(bootstrap_servers=any_broker.bootstrap)
        async with asyncio.timeout(30), consumer:
            consumer.assign([partition])
            for offset in (3, 1):
                consumer.seek(partition, offset)
                assert (await consumer.getone(partition)).offset == offset

    async def test_range_assignor_keeps_equal_partitions_together(self, any_broker: Broker) -> None:
        orders, payments = await fresh_topic(any_broker, 4), await fresh_topic(any_broker, 4)
        group = f"g-{uuid.uuid4().hex}"
        members = [
            AIOKafkaConsumer(
                orders,
                payments,
                bootstrap_servers=any_broker.bootstrap,
                group_id=group,
                partition_assignment_strategy=(RangePartitionAssignor,),
                enable_auto_commit=False,
            )
            for _ in range(2)
        ]
        try:
            async with asyncio.timeout(JOIN_TIMEOUT_S):
                await asyncio.gather(*(member.start() for member in members))
                while sum(len(member.assignment()) for member in members) != 8 or not all(
                    member.assignment() for member in members
                ):
                    await asyncio.gather(*(member.getmany(timeout_ms=100) for member in members))
        finally:
            await asyncio.gather(*(member.stop() for member in members))
        shares = [member.assignment() for member in members]
        for share in shares:
            assert {p.partition for p in share if p.topic == orders} == {
                p.partition for p in share if p.topic == payments
            }

    async def test_committed_offset_is_kept(self, any_broker: Broker) -> None:
        topic = await fresh_topic(any_broker)
        partition, group = TopicPartition(topic, 0), f"g-{uuid.uuid4().hex}"
        await produce(any_broker, topic, 3)
        for expected in (None, 2):
            consumer = AIOKafkaConsumer(
                bootstrap_servers=any_broker.bootstrap, group_id=group, enable_auto_commit=False
            )
            async with asyncio.timeout(30), consumer:
                consumer.assign([partition])
                assert await consumer.committed(partition) == expected
                await consumer.commit({partition: 2})


def test_stop_and_kill_leave_no_process(own_broker: BrokerProcess) -> None:
    own_broker.start()
    first = own_broker.pid
    own_broker.kill()
    assert not own_broker.running
    assert not psutil.pid_exists(first)
    own_broker.start()
    second = own_broker.pid
    own_broker.stop()
    assert not psutil.pid_exists(second)
    own_broker.stop()


async def test_tansu_forgets_its_log_when_it_ends() -> None:
    """Pinned as a fact: stored offsets must not outlive a start of the embedded broker."""
    with TansuBroker() as broker:
        topic = await fresh_topic(broker)
        await produce(broker, topic, 3)
        await asyncio.to_thread(broker.restart)
        assert await ensure_topics(broker.bootstrap, [(topic, 1, {})]) == [topic]
        consumer = AIOKafkaConsumer(bootstrap_servers=broker.bootstrap)
        async with asyncio.timeout(30), consumer:
            assert await consumer.end_offsets([TopicPartition(topic, 0)]) == {TopicPartition(topic, 0): 0}


@pytest.mark.kafka
@pytest.mark.parametrize("crash", [False, True], ids=["stop", "kill -9"])
async def test_kafka_keeps_its_log(own_kafka: ApacheKafka, crash: bool) -> None:
    broker = await asyncio.to_thread(own_kafka.start)
    bootstrap, topic = broker.bootstrap, await fresh_topic(broker)
    await produce(broker, topic, 3)
    if crash:
        broker.kill()
    await asyncio.to_thread(broker.restart)
    assert broker.bootstrap == bootstrap
    assert await ensure_topics(broker.bootstrap, [(topic, 1, {})]) == []
    assert await values(broker, topic, 3) == [b"0", b"1", b"2"]


async def test_tansu_refuses_an_idempotent_producer(tansu_server: TansuBroker) -> None:
    """Pinned as a fact: InitProducerId is answered with an error, so only plain producers work."""
    producer = AIOKafkaProducer(bootstrap_servers=tansu_server.bootstrap, enable_idempotence=True)
    try:
        with pytest.raises(UnknownError):
            async with asyncio.timeout(30):
                await producer.start()
    finally:
        await producer.stop()


@pytest.mark.kafka
async def test_kafka_accepts_an_idempotent_producer(apache_kafka_server: ApacheKafka) -> None:
    topic = await fresh_topic(apache_kafka_server)
    async with AIOKafkaProducer(
        bootstrap_servers=apache_kafka_server.bootstrap, enable_idempotence=True
    ) as producer:
        assert (await producer.send_and_wait(topic, b"1")).offset == 0


@pytest.fixture
def own_kafka() -> Iterator[ApacheKafka]:
    """A broker not started yet that the test may kill."""
    reason = why_unavailable()
    if reason is not None:
        pytest.skip(reason)
    broker = ApacheKafka()
    yield broker
    broker.stop()


@pytest.fixture
def own_tansu() -> Iterator[TansuBroker]:
    """A broker not started yet that the test may kill."""
    broker = TansuBroker()
    yield broker
    broker.stop()


@pytest.fixture(params=["own_tansu", pytest.param("own_kafka", marks=pytest.mark.kafka)])
def own_broker(request: pytest.FixtureRequest) -> BrokerProcess:
    broker: BrokerProcess = request.getfixturevalue(request.param)
    return broker
