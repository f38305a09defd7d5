"""Starting and stopping a service under its HTTP app, so that /live answers while the rest still comes up."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI

from services.kit import metrics
from services.kit.errors import TRANSIENT_BROKER_ERRORS, TRANSIENT_DATABASE_ERRORS, FatalError
from services.kit.http.auth import Authenticator
from services.kit.http.sessions import RemoteSessions
from services.kit.logs import current_service
from services.kit.migrate import DatabaseUnreachableError
from services.kit.runtime import Runtime, Service
from services.kit.settings import Settings, load_settings
from services.kit.web.live import close_hub

log = logging.getLogger(__name__)

FIRST_DELAY_S = 0.2
LAST_DELAY_S = 5.0
_PASSING: tuple[type[BaseException], ...] = (
    DatabaseUnreachableError,
    *TRANSIENT_DATABASE_ERRORS,
    *TRANSIENT_BROKER_ERRORS,
)

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def service_lifespan(service: Service, settings: Settings | None) -> Lifespan:
    """Return the lifespan that keeps ``app.state.runtime`` going from the app's start to its end."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        known = settings or load_settings()
        app.state.settings = known
        app.state.authenticator = Authenticator(known)
        app.state.runtime = runtime = Runtime(service, known)
        remote = _find_sessions(app, runtime)
        starting = asyncio.create_task(start_until_it_works(runtime), name=f"{service.name}-start")
        try:
            yield
        finally:
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            await close_hub(known.database_url.get_secret_value())
            await runtime.stop()
            if remote is not None:
                await remote.close()

    return lifespan


def _find_sessions(app: FastAPI, runtime: Runtime) -> RemoteSessions | None:
    """Set ``app.state.sessions``, unless the gateway of a common process does; return what is to be closed."""
    settings = runtime.settings
    if runtime.service.sessions is not None:
        app.state.sessions = runtime.service.sessions(runtime)
    elif settings.customers_url:
        remote = RemoteSessions(settings.customers_url, settings.customers_key.get_secret_value())
        app.state.sessions = remote
        return remote
    return None


async def start_until_it_works(runtime: Runtime) -> None:
    """Start ``runtime``, waiting for a database or broker that is not there yet; end the process on anything else."""
    current_service.set(runtime.service.name)
    delay_s = FIRST_DELAY_S
    for _ in range(runtime.settings.retry_attempts):
        try:
            await runtime.start()
        except _PASSING as error:
            metrics.TRANSIENT_ERRORS.labels(runtime.service.name, type(error).__name__).inc()
            runtime.waiting_for = str(error) or repr(error)
            log.warning("%s cannot start yet: %s", runtime.service.name, runtime.waiting_for)
            await asyncio.sleep(delay_s)
            delay_s = min(delay_s * 2, LAST_DELAY_S)
        except Exception as error:
            runtime.fail(error)
            return
        else:
            runtime.waiting_for = ""
            log.info("%s has started", runtime.service.name)
            return
    runtime.fail(
        FatalError(f"not started after {runtime.settings.retry_attempts} attempts: {runtime.waiting_for}")
    )
