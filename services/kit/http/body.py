"""Request bodies: JSON in one spelling only, of bounded size, before anything else reads them."""

import asyncio
import json
import math
from collections.abc import Iterator
from typing import Any, NoReturn

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kit.http.problems import Problem

MAX_BODY_BYTES = 1_000_000
READ_TIMEOUT_S = 30.0
FORM_TYPE = "application/x-www-form-urlencoded"
FORM_PATHS = ("/console/",)
"""Where pages are, which send forms instead of JSON."""
_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class StrictJsonMiddleware:
    """Refuses bodies that are too large, no JSON, or JSON that two readers could understand differently.

    Python's parser takes duplicate names, NaN and U+0000, which JSON, PostgreSQL or the next program do not.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check the request; answer it here when it is refused."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        try:
            _check_address(scope)
            if scope["method"] in _WITH_BODY:
                body = await _read(Headers(scope=scope), receive, form=takes_forms(scope["path"]))
                receive = _Replay(body, receive)
        except Problem as problem:
            return await problem.response()(scope, receive, send)
        return await self.app(scope, receive, send)


class _Replay:
    """Hands on a body that was read already."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is None:
            return await self._receive()
        message = {"type": "http.request", "body": self._body, "more_body": False}
        self._body = None
        return message


def _check_address(scope: Scope) -> None:
    if "\x00" in scope["path"] or b"%00" in scope.get("query_string", b""):
        raise Problem(400, "the address has the character U+0000")


def takes_forms(path: str) -> bool:
    """Say whether an address takes forms of pages; those are protected by their tokens, all else by being JSON."""
    return path.startswith(FORM_PATHS)


async def _read(headers: Headers, receive: Receive, *, form: bool) -> bytes:
    declared = headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > MAX_BODY_BYTES:
        raise _too_large()
    try:
        async with asyncio.timeout(READ_TIMEOUT_S):
            body = await _collect(receive)
    except TimeoutError:
        raise Problem(408, f"the body did not arrive within {READ_TIMEOUT_S:.0f} s") from None
    if form and headers.get("content-type", "").partition(";")[0].strip().lower() == FORM_TYPE:
        return body
    if body:
        _check_type(headers)
        parse_strictly(body)
    return body


async def _collect(receive: Receive) -> bytes:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Problem(400, "the caller went away before the body was complete")
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            raise _too_large()
        more = message.get("more_body", False)
    return bytes(body)


def _too_large() -> Problem:
    # The rest of the body is not read, so the connection cannot be used for another request.
    return Problem(413, f"the body has more than {MAX_BODY_BYTES} bytes", headers={"Connection": "close"})


def _check_type(headers: Headers) -> None:
    media_type, _, parameters = headers.get("content-type", "").partition(";")
    kind = media_type.strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise Problem(
            415,
            f"the body must be application/json, not {kind[:80] or 'without a Content-Type'}",
            headers={"Accept": "application/json"},
        )
    charset = parameters.lower().partition("charset=")[2].strip(' "')
    if charset not in ("", "utf-8", "utf8"):
        raise Problem(415, f"JSON is UTF-8, not {charset[:40]}")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem(415, "the body must not be compressed", headers={"Accept-Encoding": "identity"})


def parse_strictly(body: bytes) -> Any:
    """Parse JSON as RFC 8259 has it.

    Raises:
        Problem: 400, saying what and where.
    """
    try:
        text = body.decode()
        parsed = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_integer,
        )
    except UnicodeDecodeError as error:
        raise Problem(400, f"the body is not UTF-8: byte {error.start} is wrong") from None
    except json.JSONDecodeError as error:
        raise Problem(
            400, f"the body is not JSON: {error.msg} at line {error.lineno} column {error.colno}"
        ) from None
    except RecursionError:
        raise Problem(400, "the body is nested too deeply") from None
    if "\\u" in text or "\x00" in text:
        for field, value in _strings("", parsed):
            _check_text(field, value)
    return parsed


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Problem(400, f"the body has the field {twice!r} twice", errors=[(twice, "is given twice")])
    return result


def _refuse_constant(name: str) -> NoReturn:
    raise Problem(400, f"{name} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise Problem(400, f"{text[:40]} is too large for a number")
    return number


def _integer(text: str) -> int:
    if len(text) > 40:
        raise Problem(400, f"{text[:40]}... is too large for a number")
    return int(text)


def _strings(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield path, name
            yield from _strings(f"{path}.{name}" if path else name, inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _strings(f"{path}.{index}" if path else str(index), inner)


def _check_text(field: str, value: str) -> None:
    if "\x00" in value:
        raise Problem(
            400, "the body has the character U+0000 in a text", errors=[(field, "has the character U+0000")]
        )
    if any("\ud800" <= character <= "\udfff" for character in value):
        reason = "has half of a surrogate pair, which is no character"
        raise Problem(400, f"a text of the body {reason}", errors=[(field, reason)])
