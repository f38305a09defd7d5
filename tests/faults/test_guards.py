"""Take one guard away and something must be seen to be wrong; else the tests would prove nothing."""

import asyncio
import uuid

import pytest

from deploy.local.broker import Broker
from deploy.local.postgres import LocalPostgres
from tests.faults.guards import GUARDS, Guard
from tests.kit.lab import Lab

pytestmark = pytest.mark.faults


async def run(guard: Guard, postgres: LocalPostgres, broker: Broker, template: str) -> list[str]:
    name = f"guards_{uuid.uuid4().hex[:12]}"
    dsn = await asyncio.to_thread(lambda: postgres.create_database(name, template=template))
    if guard.on_credit is not None:
        return await guard.on_credit(dsn)
    assert guard.scenario is not None
    return await guard.scenario(await Lab.make(dsn, broker))


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
async def test_with_its_guard_all_is_well_and_without_it_is_not(
    guard: Guard,
    fault_postgres: LocalPostgres,
    fault_tansu: Broker,
    migrated: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert await run(guard, fault_postgres, fault_tansu, migrated) == []
    guard.remove(monkeypatch)
    wrong = await run(guard, fault_postgres, fault_tansu, migrated)
    print(f"without {guard.name}: {wrong}")
    assert wrong
