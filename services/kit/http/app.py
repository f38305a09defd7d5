"""The HTTP side of a service, and the process around it."""

from fastapi import FastAPI
from starlette.types import ASGIApp

from services.kit.http.gateway import mount_services
from services.kit.runtime import Service
from services.kit.settings import Settings

__all__ = ["create_app", "mount_services", "run_app"]


def create_app(service: Service, settings: Settings | None = None) -> FastAPI:
    """Return the app of one service; its lifespan starts and stops the :class:`Runtime` at ``app.state.runtime``.

    Args:
        settings: None: read from the environment when the app starts, not when it is made.
    """
    raise NotImplementedError


def run_app(app: ASGIApp, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve ``app`` until SIGTERM or SIGINT, then end the process: status 0, or 1 after a fatal error."""
    raise NotImplementedError
