"""One running service at a time, in which two salespeople have the same of everything."""

import asyncio
from collections.abc import AsyncIterator
from importlib import import_module
from typing import Any

import pytest
import pytest_asyncio

from contracts.topics import consumed_by, partition_of
from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from services.kit.records import Received
from tests.services.harness import PARTITIONS, Installation, installation
from tests.services.scope.known import ALERT, READY, WHOSE, history
from tests.waiting import until

SERVICES = ("customers", "orders", "credit", "insights")


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=SERVICES)
async def running(
    request: pytest.FixtureRequest, postgres_server: LocalPostgres, tansu_server: TansuBroker
) -> AsyncIterator[Installation]:
    service = import_module(f"services.{request.param}.app").service
    async with installation(service, postgres_server, tansu_server) as started:
        for received in history():
            if received.record.topic in consumed_by(service.name):
                await _publish(started, received)
        for address in READY[service.name]:
            await until(lambda address=address: _shows(started, address))  # type: ignore[misc]
        if service.name == "insights":
            for whose in WHOSE:
                found = await started.client.get("/insights/alerts", params={"customer": f"C-{whose}"})
                ALERT[whose] = found.json()["items"][0]["alert_id"]
        yield started


async def _publish(running: Installation, received: Received) -> None:
    record = received.record
    assert record.key is not None
    everywhere: Any = received.event.type in ("clock.day_started",)
    partition = received.event.data.partition if everywhere else partition_of(record.key, PARTITIONS)
    await running.producer.send_and_wait(
        running.settings.topic(record.topic), record.value, key=record.key, partition=partition
    )


async def _shows(running: Installation, address: str) -> bool:
    answer = await running.client.get(address)
    await asyncio.sleep(0.05)
    return answer.status_code == 200 and "THEIRS" in answer.text and "MINE" in answer.text
