"""Several services in one process on one port."""

from collections.abc import Sequence

from starlette.types import ASGIApp

from services.kit.runtime import Service
from services.kit.settings import Settings


def mount_services(services: Sequence[Service], settings: Settings | None = None) -> ASGIApp:
    """Return one app that sends each request to the service that has its first path segment.

    ``/live``, ``/ready`` and ``/metrics`` answer for all of them, and ``/`` says what is running.
    """
    raise NotImplementedError
