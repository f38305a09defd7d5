"""One event is one line, and no secret is in it."""

import json
import logging
from typing import Any

import pytest

from services.kit.logs import log_formatter
from services.kit.settings import Settings
from services.kit.telemetry import trace_context

SETTINGS = Settings.model_validate(
    {
        "database_url": "postgresql://app:p%40ss-word-1@db.example/tallyman",
        "kafka_password": 'kafka-"quoted"-secret',
        "api_keys": "long-enough-key-one:sales:li.wei, long-enough-key-two:ops",
        "jwt_secret": "a-secret-of-at-least-32-characters",
    }
)
SECRETS = (
    "p%40ss-word-1",
    "p@ss-word-1",
    'kafka-"quoted"-secret',
    "long-enough-key-one",
    "long-enough-key-two",
    "a-secret-of-at-least-32-characters",
)


def line(message: str, *arguments: Any, format_: str = "json", **extra: Any) -> str:
    record = logging.LogRecord("services.x", logging.INFO, __file__, 1, message, arguments, None)
    record.__dict__.update(extra)
    return log_formatter(SETTINGS.model_copy(update={"log_format": format_})).format(record)


@pytest.mark.parametrize("format_", ["json", "console"])
def test_secrets(format_: str) -> None:
    text = line(
        "connecting to %s", SETTINGS.database_url.get_secret_value(), format_=format_, keys=list(SECRETS)
    )
    text += line("refused Authorization: Bearer eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl", format_=format_)
    text += line("postgresql://other:any-thing@host/db", format_=format_)
    for secret in (*SECRETS, json.dumps(SECRETS[2])[1:-1], "eyJhbGciOi", "any-thing"):
        assert secret not in text
    assert "app" in text


@pytest.mark.parametrize("format_", ["json", "console"])
@pytest.mark.parametrize(
    "evil", ["a\r\nlevel=critical forged", "a\u2028b", "a\x1b[31mred", "a\u202eb", "a\x85b", "a\ud800b"]
)
def test_text_of_callers_stays_on_its_line(format_: str, evil: str) -> None:
    text = line("the name is %s", evil, format_=format_, path=evil)
    assert len(text.splitlines()) == 1
    assert "\x1b[31mred" not in text
    assert "\u202e" not in text


def test_json_has_what_is_needed() -> None:
    with trace_context("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"):
        entry = json.loads(line("订单 %s", "o-1", status=200))
    assert entry["message"] == "订单 o-1"
    assert (entry["level"], entry["logger"], entry["status"]) == ("info", "services.x", 200)
    assert entry["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    assert entry["time"].endswith("Z")


def test_errors_have_their_traceback_in_the_line() -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError as error:
        extra: dict[str, Any] = {"exc_info": (type(error), error, error.__traceback__)}
        entry = json.loads(line("it failed", **extra))
        console = line("it failed", format_="console", **extra)
    assert "ValueError: two\nlines" in entry["exception"]
    assert all(part.startswith("    ") for part in console.splitlines()[2:])
