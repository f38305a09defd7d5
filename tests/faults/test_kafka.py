"""Faults on a real Apache Kafka, where the log survives its broker."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.local.kafka import ApacheKafka
from deploy.local.postgres import LocalPostgres
from tests.faults.standing import Standing, standing_down, standing_up
from tests.faults.test_random_kills import SEED, kill_at_random
from tests.faults.test_standing import applied_offsets, everything_moved
from tests.faults.world import World, until

pytestmark = [pytest.mark.faults, pytest.mark.kafka, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def on_kafka(
    fault_postgres: LocalPostgres, migrated: str, fault_kafka: ApacheKafka, log_folder: Path
) -> AsyncIterator[Standing]:
    world = await World(fault_postgres, fault_kafka, log_folder).prepare(migrated)
    standing = await standing_up(world, seed=70)
    yield standing
    await standing_down(standing)


async def test_one_of_two_replicas_killed_in_mid_stream(on_kafka: Standing) -> None:
    """The other one takes its partitions over and goes on, alone, without a gap and without a repetition."""
    world = on_kafka.world
    async with on_kafka.loaded():
        await on_kafka.more(40)
        world.wanted.discard("credit-2")
        before = await applied_offsets(world)
        await world.kill("credit-2")
        await until(lambda: everything_moved(world, before), "the other replica has all partitions", 60)
        assert not world.processes["credit-2"].running
        world.wanted.add("credit-2")
        await on_kafka.more(20)
    await on_kafka.holds("Kafka: one of two replicas killed")


async def test_broker_killed_and_restarted(on_kafka: Standing) -> None:
    broker = on_kafka.world.broker
    assert isinstance(broker, ApacheKafka)
    async with on_kafka.loaded():
        await on_kafka.more(20)
        await asyncio.to_thread(broker.kill)
        await asyncio.to_thread(broker.restart)
        await on_kafka.more(20)
    await on_kafka.holds("Kafka killed and restarted on its log")


async def test_random_kills(on_kafka: Standing) -> None:
    restarts = on_kafka.world.restarts
    kills = await kill_at_random(on_kafka, 20, SEED + 1)
    assert kills > 1
    await on_kafka.holds(f"Kafka: {kills} random kills, {on_kafka.world.restarts - restarts} restarts")
