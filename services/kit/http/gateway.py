"""Several services in one process on one port."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from services.kit.http.shell import add_common_routes, bare_app
from services.kit.runtime import Runtime, Service
from services.kit.settings import Settings

BY_SECOND_SEGMENT = frozenset({"console", "docs", "openapi"})


class DispatchMiddleware:
    """Sends a request to the service that has its first path segment; the rest goes to the app around it."""

    def __init__(self, app: ASGIApp, apps: Mapping[str, ASGIApp]) -> None:
        self.app = app
        self._apps = apps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on."""
        app = None
        if scope["type"] == "http":
            segment = _segment(scope["path"])
            # What is below /console and of no service in particular belongs to the one that has "console".
            app = self._apps.get(segment) or self._apps.get(segment.partition("/")[0])
        await (app or self.app)(scope, receive, send)


def mount_apps(
    apps: Mapping[str, FastAPI], services: Sequence[Service], settings: Settings | None
) -> FastAPI:
    """Return one app over the apps of these services, by service name; they start and stop together."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        managers = [app.router.lifespan_context(app) for app in apps.values()]
        for manager in managers:
            await manager.__aenter__()
        _share_sessions(apps, services)
        try:
            yield
        finally:
            # At the same time: each may take a while to finish the batch in hand.
            await asyncio.gather(*(manager.__aexit__(None, None, None) for manager in managers))

    def runtimes() -> list[Runtime]:
        return [app.state.runtime for app in apps.values() if hasattr(app.state, "runtime")]

    gateway = bare_app("gateway", "Tallyman", lifespan)
    if settings is not None:
        gateway.state.settings = settings
    add_common_routes(gateway, runtimes)
    gateway.add_middleware(DispatchMiddleware, apps=_table(apps, services))
    return gateway


def _share_sessions(apps: Mapping[str, FastAPI], services: Sequence[Service]) -> None:
    """Let all services of this process ask the one that keeps the sessions directly."""
    for keeper in (service.name for service in services if service.sessions is not None):
        for app in apps.values():
            app.state.sessions = apps[keeper].state.sessions


def _segment(path: str) -> str:
    first, _, rest = path.lstrip("/").partition("/")
    if first in BY_SECOND_SEGMENT:
        return f"{first}/{rest.partition('/')[0].removesuffix('.json')}"
    return first


def _table(apps: Mapping[str, FastAPI], services: Sequence[Service]) -> dict[str, FastAPI]:
    table: dict[str, FastAPI] = {}
    for service in services:
        paths = {path.strip("/") for path in service.paths} | {service.name}
        for segment in sorted(paths | {f"{first}/{service.name}" for first in BY_SECOND_SEGMENT}):
            if segment in table:
                raise ValueError(f"two services have the path /{segment}; one of them is {service.name}")
            table[segment] = apps[service.name]
    return table
