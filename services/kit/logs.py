"""Structured logs on stdout, one line per event, with the trace and the service; without secrets."""

import json
import logging
import re
import sys
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any
from urllib.parse import quote

import structlog
from pydantic import SecretStr
from sqlalchemy import make_url
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor

from services.kit.errors import FatalError
from services.kit.settings import Settings
from services.kit.telemetry import current_trace_id

current_service: ContextVar[str] = ContextVar("current_service", default="")
"""Which service of this process is at work; tasks inherit it."""

SHORTEST_SECRET = 6
_CHATTY = ("aiokafka", "alembic", "asyncio", "faststream", "httpx", "httpcore", "uvicorn.access")
# Line ends of Unicode, and what turns the direction of writing, could make one line look like two or like another.
_INVISIBLE = [*range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_ESCAPES = {code: f"\\u{code:04x}" for code in _INVISIBLE}
_CONSOLE_ESCAPES = _ESCAPES | {code: f"\\x{code:02x}" for code in range(0x20)}
_CREDENTIALS = (
    (re.compile(r"(://[^\s:/@]*:)[^\s@]+@"), r"\1***@"),
    (re.compile(r"(?i)\b(bearer\s+)[a-z0-9._~+/=-]{8,}"), r"\1***"),
)


def setup_logging(settings: Settings) -> None:
    """Send all logs of this process to stdout, as JSON or for a console.

    Raises:
        FatalError: when ``settings.log_level`` is not a level.
    """
    level = logging.getLevelNamesMapping().get(settings.log_level.upper())
    if level is None:
        raise FatalError(
            f"TALLYMAN_LOG_LEVEL: {settings.log_level!r} is not one of DEBUG, INFO, WARNING, ERROR"
        )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(log_formatter(settings))
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def log_formatter(settings: Settings) -> logging.Formatter:
    """Return what turns a log record into one line (a console's traceback has several, indented)."""
    common: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.stdlib.ExtraAdder(),
        _add_context,
        structlog.processors.format_exc_info,
    ]
    render: list[Processor] = [
        _escape,
        structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty(), timestamp_key="time"),
    ]
    if settings.log_format == "json":
        render = [_name_message, structlog.processors.JSONRenderer(serializer=_json_line)]
    return _Redacting(
        _secrets(settings),
        foreign_pre_chain=common,
        processors=[ProcessorFormatter.remove_processors_meta, *render],
    )


class _Redacting(ProcessorFormatter):
    """Takes out of every finished line what must not be read by those who read logs."""

    def __init__(self, secrets: Iterable[str], **arguments: Any) -> None:
        super().__init__(**arguments)
        # Longest first, or a secret that is a part of another would leave the rest of it.
        self._secrets = sorted(secrets, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        for secret in self._secrets:
            line = line.replace(secret, "***")
        for pattern, replacement in _CREDENTIALS:
            line = pattern.sub(replacement, line)
        return line


def _secrets(settings: Settings) -> set[str]:
    """Return every spelling in which a secret of the settings could get into a log."""
    in_parts = ("api_keys", "database_url")
    whole = [value for name, value in settings if isinstance(value, SecretStr) and name not in in_parts]
    found = [value.get_secret_value() for value in whole]
    found += [entry.split(":")[0].strip() for entry in settings.api_keys.get_secret_value().split(",")]
    address = make_url(settings.database_url.get_secret_value())
    if address.password not in (address.username, address.database):
        found += [str(address.password or ""), quote(str(address.password or ""), safe="")]
    return {form for text in found if len(text) >= SHORTEST_SECRET for form in (text, json.dumps(text)[1:-1])}


def _add_context(_: Any, __: str, event: EventDict) -> EventDict:
    if service := current_service.get():
        event.setdefault("service", service)
    if trace_id := current_trace_id():
        event["trace_id"] = trace_id
    return event


def _name_message(_: Any, __: str, event: EventDict) -> EventDict:
    return {"time": event.pop("time"), "level": event.pop("level"), "message": event.pop("event"), **event}


def _escape(_: Any, __: str, event: EventDict) -> EventDict:
    """Keep text from a caller from looking like a line of its own."""
    return {
        name: value.replace("\n", "\n    ") if name == "exception" else value.translate(_CONSOLE_ESCAPES)
        for name, value in event.items()
        if isinstance(value, str)
    } | {name: value for name, value in event.items() if not isinstance(value, str)}


def _json_line(event: EventDict, **_: Any) -> str:
    return json.dumps(event, ensure_ascii=False, default=repr).translate(_ESCAPES)
