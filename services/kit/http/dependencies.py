"""What routes ask for."""

from typing import Annotated

from fastapi import Depends, Request

from services.kit.http.problems import unavailable
from services.kit.runtime import Runtime


def started_runtime(request: Request) -> Runtime:
    """Return the service's live parts.

    Raises:
        Problem: 503 while the service is starting.
    """
    runtime: Runtime = request.app.state.runtime
    if not runtime.started:
        raise unavailable(f"{runtime.service.title} is starting")
    return runtime


async def _live_runtime(request: Request) -> Runtime:
    # FastAPI runs dependencies that are not coroutines in another thread, which costs more than all they do.
    return started_runtime(request)


LiveRuntime = Annotated[Runtime, Depends(_live_runtime)]
"""A route's parameter ``runtime: LiveRuntime``."""
