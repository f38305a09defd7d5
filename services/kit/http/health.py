"""/live, /ready and /metrics."""

from fastapi import APIRouter

from services.kit.runtime import Runtime

DATABASE_TIMEOUT_S = 1.0
PROGRESS_TIMEOUT_S = 30.0


async def problems_of(runtime: Runtime) -> list[str]:
    """Return what keeps a service from working, in words; empty when it is ready."""
    raise NotImplementedError


def health_router(runtimes: list[Runtime]) -> APIRouter:
    """Return the routes that answer for these runtimes."""
    raise NotImplementedError
