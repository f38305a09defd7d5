"""kill -9 of any service at any moment, from a seed, while orders come in over Kafka and HTTP."""

import asyncio
import os
import random
import time
from pathlib import Path

import pytest

from deploy.local.broker import BrokerProcess
from deploy.local.kafka import ApacheKafka, why_unavailable
from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from tests.faults.standing import NAMES, Standing, standing_down, standing_up
from tests.faults.world import World

pytestmark = [pytest.mark.faults, pytest.mark.asyncio(loop_scope="session")]

SEED = int(os.environ.get("TALLYMAN_FAULT_SEED", "20260302"))


async def kill_at_random(standing: Standing, seconds: float, seed: int) -> int:
    """Kill processes for that long; return how many kills that were."""
    chance, world, kills = random.Random(seed), standing.world, 0
    print(f"seed {seed} (TALLYMAN_FAULT_SEED), {seconds:g} s (TALLYMAN_FAULT_SECONDS)")
    async with standing.loaded(pause_s=0.05):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            # Now and then one is hit while it is still starting; mostly it is given time to do something.
            name = chance.choice(NAMES)
            if chance.random() < 0.8:
                await world.ready(name)
                await asyncio.sleep(chance.uniform(0, 2))
            else:
                await asyncio.sleep(chance.uniform(0, 4))
            if world.processes[name].running:
                await world.kill(name)
                kills += 1
    return kills


async def test_for_some_seconds(standing: Standing) -> None:
    restarts = standing.world.restarts
    kills = await kill_at_random(standing, float(os.environ.get("TALLYMAN_FAULT_SECONDS", "20")), SEED)
    assert kills > 0
    await standing.holds(f"{kills} random kills, {standing.world.restarts - restarts} restarts")


@pytest.mark.slow
async def test_for_minutes(fault_postgres: LocalPostgres, migrated: str, log_folder: Path) -> None:
    """On Apache Kafka where there is one, else on the embedded broker, where taking over lasts longer."""
    broker: BrokerProcess = TansuBroker() if why_unavailable() else ApacheKafka()
    with broker:
        world = await World(fault_postgres, broker, log_folder).prepare(migrated)
        standing = await standing_up(world, seed=60)
        try:
            kills = await kill_at_random(
                standing, float(os.environ.get("TALLYMAN_FAULT_SECONDS", "300")), SEED
            )
            assert kills > 10
            await standing.holds(f"{broker.name}: {kills} random kills, {world.restarts} restarts")
        finally:
            await standing_down(standing)
