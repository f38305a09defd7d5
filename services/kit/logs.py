"""Structured logs on stdout, one line per event, with the trace and the service; without secrets."""

from contextvars import ContextVar

from services.kit.settings import Settings

current_service: ContextVar[str] = ContextVar("current_service", default="")


def setup_logging(settings: Settings) -> None:
    """Send all logs of this process to stdout, as JSON or for a console."""
    raise NotImplementedError
