"""A publisher that cannot go on must not leave a process behind that decides and tells nobody."""

import asyncio

from aiokafka import AIOKafkaProducer

from services.kit.database import Database
from services.kit.outbox import Publisher


async def test_a_loop_that_ends_is_reported(database_dsn: str) -> None:
    database = await Database.open(database_dsn, "public", 2)
    # Never started: nothing is published here. The database has no outbox tables, so the sweep cannot work.
    producer = AIOKafkaProducer(bootstrap_servers="127.0.0.1:1")
    publisher = Publisher(
        database, producer, service="demo", topic_prefix="", partitions=8, sweep_after_s=0.01
    )
    ended: asyncio.Future[asyncio.Task[None]] = asyncio.get_running_loop().create_future()
    publisher.start(lambda task: None if ended.done() else ended.set_result(task))
    try:
        task = await asyncio.wait_for(ended, timeout=10)
        assert task.get_name() == "outbox-sweep"
        assert "outbox_batches" in str(task.exception())
        assert publisher.failed is task.exception()
    finally:
        await publisher.stop()
        await database.close()
