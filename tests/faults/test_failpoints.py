"""kill -9 at every failpoint there is, under load, and nothing is missing or double afterwards.

Each failpoint has an installation of its own; all run side by side, since starting takes longer than failing.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.local.broker import Broker
from deploy.local.postgres import LocalPostgres
from deploy.local.processes import ManagedProcess
from services.kit.failpoints import FAILPOINTS
from tests.faults.checks import Findings, calm, check, summary
from tests.faults.load import Load
from tests.faults.world import World, until

pytestmark = pytest.mark.faults

PASSES = {"api.before_commit": 4, "api.after_commit": 4}
AT_ONCE = 10


@dataclass
class Outcome:
    """What a run at one failpoint left behind."""

    returncode: int | None = None
    findings: Findings = field(default_factory=Findings)
    line: str = ""


async def run_at(failpoint: str, world: World) -> Outcome:
    """Arm the failpoint, load until the process is gone, go on without it, and wait for calm."""
    api = failpoint.startswith("api.")
    victim_service = "orders" if api else "credit"
    services = ("credit", "orders") if api else ("credit",)
    victim = world.process(victim_service, TALLYMAN_FAILPOINT=f"{failpoint}:{PASSES.get(failpoint, 3)}")
    load = Load(
        world, seed=FAILPOINTS.index(failpoint) + 1, http=(lambda: world.url("orders-1")) if api else None
    )
    started = [victim, world.process("credit")] if api else [victim]
    for process in started:
        await asyncio.to_thread(process.launch)
    await load.open()
    # Not before it is ready: a process that dies in its start-up would not be hurt by anything under load.
    stop = asyncio.Event()
    loading = asyncio.create_task(load.run(stop, pause_s=0.15))
    try:
        await until(_ended(victim), f"{failpoint}: the process dies there")
        outcome = Outcome(victim.returncode)
        before = load.events
        # Events go on coming while it is away, and requests are tried again until it is back.
        await until(_more(load, before + 5), "the load goes on")
        stop.set()
        await world.start((victim_service, 1))
    except BaseException:
        # Nobody brings the service back any more, so requests would be tried again for ever.
        loading.cancel()
        await asyncio.gather(loading, return_exceptions=True)
        raise
    await loading
    await calm(world, load, services)
    outcome.findings = await check(world, load, services=services)
    counters = await world.counters(f"{victim_service}-1")
    outcome.line = summary(
        failpoint, world, outcome.findings.facts, counters, {"HTTP retries": load.http_retries}
    )
    await load.close()
    return outcome


def _more(load: Load, events: int) -> Callable[[], Awaitable[bool]]:
    async def more() -> bool:
        return load.events >= events

    return more


def _ended(process: ManagedProcess) -> Callable[[], Awaitable[bool]]:
    async def ended() -> bool:
        return not process.running

    return ended


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def outcomes(
    fault_postgres: LocalPostgres, migrated: str, fault_tansu: Broker, log_folder: Path
) -> dict[str, Outcome | BaseException]:
    places = asyncio.Semaphore(AT_ONCE)

    async def lane(failpoint: str) -> Outcome:
        async with places:
            world = await World(fault_postgres, fault_tansu, log_folder).prepare(migrated)
            try:
                return await run_at(failpoint, world)
            finally:
                await world.stop()

    results = await asyncio.gather(*(lane(failpoint) for failpoint in FAILPOINTS), return_exceptions=True)
    return dict(zip(FAILPOINTS, results, strict=True))


@pytest.mark.parametrize("failpoint", FAILPOINTS)
def test_nothing_is_missing_or_double(failpoint: str, outcomes: dict[str, Outcome | BaseException]) -> None:
    outcome = outcomes[failpoint]
    if isinstance(outcome, BaseException):
        raise outcome
    print(outcome.line)
    assert outcome.returncode == -signal.SIGKILL, "it died there, and of nothing else"
    assert outcome.findings.wrong == []
    assert outcome.findings.facts["orders"] > 0


def test_the_kills_left_work_that_was_repeated(outcomes: dict[str, Outcome | BaseException]) -> None:
    """Else they would prove nothing: what was published but not marked comes twice, and is told apart."""
    done = [outcome.findings.facts for outcome in outcomes.values() if isinstance(outcome, Outcome)]
    assert sum(facts["published again"] for facts in done) > 0
