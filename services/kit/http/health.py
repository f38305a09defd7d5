"""/live, /ready and /metrics."""

import asyncio
import time
from collections.abc import Callable, Sequence
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from services.kit.database import Database
from services.kit.http.problems import database_error
from services.kit.runtime import Runtime

DATABASE_TIMEOUT_S = 1.0
PROGRESS_TIMEOUT_S = 30.0

_probes: WeakKeyDictionary[Database, asyncio.Task[str | None]] = WeakKeyDictionary()

Runtimes = Callable[[], Sequence[Runtime]]
"""The runtimes there are by now: none before the app has started."""


async def problems_of(runtime: Runtime) -> list[str]:
    """Return what keeps a service from working, in words; empty when it is ready."""
    found = list(runtime.problems)
    if not runtime.started:
        return found
    if problem := await _database_problem(runtime):
        found.append(problem)
    idle_s = time.monotonic() - runtime.consumer.last_step_at
    if idle_s > PROGRESS_TIMEOUT_S:
        found.append(f"the consumer has not come round for {idle_s:.0f} s")
    return found


async def _database_problem(runtime: Runtime) -> str | None:
    # Not a timeout around the query: cancelling one makes asyncpg wait for the server, which may be what is frozen.
    # A probe without an answer is left waiting, and the next request for readiness looks at the same one.
    probe = _probes.get(runtime.database)
    if probe is None or probe.done():
        probe = _probes[runtime.database] = asyncio.create_task(_ask(runtime), name="database-probe")
    await asyncio.wait({probe}, timeout=DATABASE_TIMEOUT_S)
    return probe.result() if probe.done() else f"the database does not answer within {DATABASE_TIMEOUT_S:g} s"


async def _ask(runtime: Runtime) -> str | None:
    try:
        await runtime.database.pool.fetchval("SELECT 1")
    except Exception as error:
        return f"the database does not answer: {database_error(error)!r}"
    return None


async def readiness(runtimes: Sequence[Runtime]) -> dict[str, list[str]]:
    """Return the problems per service."""
    found = await asyncio.gather(*(problems_of(runtime) for runtime in runtimes))
    return {runtime.service.name: problems for runtime, problems in zip(runtimes, found, strict=True)}


def health_router(runtimes: Runtimes) -> APIRouter:
    """Return the routes that answer for these runtimes."""
    router = APIRouter(tags=["operations"])

    @router.get("/live")
    async def live() -> dict[str, str]:
        """Say that the process answers; nothing more, so that an outage of the database restarts nobody."""
        return {"status": "alive"}

    @router.get("/ready", responses={503: {"description": "not ready; the problems of each service"}})
    async def ready() -> JSONResponse:
        """Say whether the services work: started, partitions assigned, consuming, database reachable."""
        services = await readiness(runtimes())
        works = bool(services) and not any(services.values())
        body = {
            "status": "ready" if works else "not ready",
            "services": services,
            "problems": [f"{name}: {problem}" for name, problems in services.items() for problem in problems],
        }
        return JSONResponse(body, 200 if works else 503, {"Cache-Control": "no-store"})

    @router.get("/metrics", response_class=Response)
    async def prometheus() -> Response:
        """Give the metrics in Prometheus' text format."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router
