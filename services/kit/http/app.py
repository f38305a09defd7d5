"""The HTTP side of a service, and the process around it."""

import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence
from ipaddress import ip_network
from types import FrameType
from typing import Any, NoReturn
from zoneinfo import ZoneInfoNotFoundError

import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError
from starlette.types import ASGIApp

from services.kit.errors import FatalError
from services.kit.http.auth import Authenticator
from services.kit.http.dead_letters import dead_letter_router
from services.kit.http.docs import install_docs
from services.kit.http.gateway import mount_apps
from services.kit.http.lifespan import service_lifespan
from services.kit.http.shell import add_common_routes, bare_app
from services.kit.logs import setup_logging
from services.kit.runtime import Service
from services.kit.settings import Settings, load_settings
from services.kit.telemetry import setup_telemetry
from services.kit.web import add_console
from services.kit.web.live import end_all_streams

__all__ = ["create_app", "mount_services", "run_app"]

log = logging.getLogger(__name__)

CONFIGURATION_ERROR = 2
GRACEFUL_SHUTDOWN_S = 10


def create_app(service: Service, settings: Settings | None = None) -> FastAPI:
    """Return the app of one service; its lifespan starts and stops the :class:`Runtime` at ``app.state.runtime``.

    Args:
        settings: None: read from the environment when the app starts, not when it is made.
    """
    app = bare_app(service.name, f"Tallyman: {service.title}", service_lifespan(service, settings))
    if settings is not None:
        app.state.settings = settings
    app.state.sentences = tuple(service.sentences)
    # Before the service's own routes: "/customers/{customer_id}" would take "/customers/dead-letters" for a customer.
    app.include_router(dead_letter_router(service.name))
    add_console(app, service.name)
    for router in service.routers:
        app.include_router(router)
    add_common_routes(app, lambda: [app.state.runtime] if hasattr(app.state, "runtime") else [])
    install_docs(app, service.name, service.title)
    return app


def mount_services(services: Sequence[Service], settings: Settings | None = None) -> FastAPI:
    """Return one app that sends each request to the service that has its first path segment.

    ``/live``, ``/ready`` and ``/metrics`` answer for all of them, and ``/`` says what is running.

    Raises:
        ValueError: when two services have the same path.
    """
    return mount_apps(
        {service.name: create_app(service, settings) for service in services}, services, settings
    )


class _Server(uvicorn.Server):
    """Ends the streams of open pages first when it stops: it would wait for them."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        end_all_streams()
        await super().shutdown(sockets)


def run_app(app: ASGIApp, host: str = "127.0.0.1", port: int = 8000) -> NoReturn:
    """Serve ``app`` until SIGTERM or SIGINT, then end the process.

    The exit status is 0, 1 after a fatal error, 2 when a setting is missing or wrong.
    """
    settings = _checked_settings(app)
    config = uvicorn.Config(
        app,
        host,
        port,
        loop="auto" if sys.platform == "win32" else "uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        forwarded_allow_ips=_proxies(settings),
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_S,
    )
    server = _Server(config)

    def stop(number: int, frame: FrameType | None) -> None:
        # Uvicorn puts its handlers in place of this one while it serves, and raises the signal once more when it
        # is done; the default handler would end the process there, with another status than ours.
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    log.info("serving http://%s:%d", host, port, extra={"log_level": settings.log_level})
    server.run()
    logging.shutdown()
    sys.exit(int(os.environ.get("TALLYMAN_EXIT_STATUS", "0")))


def _checked_settings(app: Any) -> Settings:
    """Read the settings and prepare logs and traces; end the process with a sentence for each mistake in them."""
    try:
        settings: Settings = getattr(app.state, "settings", None) or load_settings()
        _check_texts(settings)
        setup_logging(settings)
        setup_telemetry(settings, "tallyman")
        Authenticator(settings).warn()
    except ValidationError as error:
        for found in error.errors(include_url=False, include_input=False):
            name = "TALLYMAN_" + "_".join(str(part) for part in found["loc"]).upper()
            sys.stderr.write(f"tallyman: {name}: {found['msg']}\n")
        sys.exit(CONFIGURATION_ERROR)
    except FatalError as error:
        sys.stderr.write(f"tallyman: {error}\n")
        sys.exit(CONFIGURATION_ERROR)
    return settings


def _proxies(settings: Settings) -> list[str]:
    """Return who may say for whom they ask.

    Raises:
        FatalError: when one is no address and no network. "*" is none: everybody could then choose an address.
    """
    found = [entry.strip() for entry in settings.trusted_proxies.split(",") if entry.strip()]
    for entry in found:
        try:
            ip_network(entry)
        except ValueError:
            raise FatalError(
                f"TALLYMAN_TRUSTED_PROXIES must be addresses or networks such as 10.0.0.7, 10.1.0.0/16, not {entry!r}"
            ) from None
    return found


def _check_texts(settings: Settings) -> None:
    _proxies(settings)
    try:
        known = make_url(settings.database_url.get_secret_value()).drivername.startswith("postgresql")
    except ArgumentError:
        known = False
    if not known:
        raise FatalError("TALLYMAN_DATABASE_URL: must be like postgresql://user:password@host:5432/name")
    try:
        settings.zone  # noqa: B018 - reading it is the check
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise FatalError(f"TALLYMAN_TIMEZONE: there is no time zone {settings.timezone!r}") from None
