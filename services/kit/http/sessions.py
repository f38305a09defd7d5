"""Sessions of people: the cookie, who stands behind it, and that a request is meant by who sends it; keys of systems.

The customers service keeps the sessions, and API keys beside those of the settings. Other services ask it: its code
where all run in one process, else its ``POST /sessions/introspection``, whose answers are kept for seconds.
Cross-site requests are kept out as OWASP's CSRF Prevention Cheat Sheet says: a token bound to the session, and what
the browser says of where a request is from.
"""

import hmac
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol
from urllib.parse import parse_qsl, urlsplit

import httpx
import msgspec
from fastapi import Request

from services.kit.http.body import FORM_TYPE, takes_forms
from services.kit.http.problems import Problem

log = logging.getLogger(__name__)

COOKIE = "tallyman_session"
SECURE_COOKIE = f"__Host-{COOKIE}"
KEY_PREFIX = "tmk_"
"""How keys begin that the customers service keeps; a key that was lost somewhere is found by it."""
SERVICE_HEADER = "X-Service-Key"
"""How another service shows ``TALLYMAN_CUSTOMERS_KEY``."""
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf"
KNOWN_FOR_S = 5.0
"""How long an answer is used again, so how long a session that was revoked may still work elsewhere."""
MOST_KNOWN = 10_000
LONGEST_TOKEN = 128
TIMEOUT_S = 3.0
MOST_FIELDS = 200

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Session:
    """A session that is valid now.

    Attributes:
        login: who, as they log in.
        staff_id: the salesperson they are, if they are one.
        must_change: the password is to be changed before anything else is done.
    """

    session_id: str
    login: str
    role: str
    staff_id: str | None
    must_change: bool


@dataclass(frozen=True, slots=True)
class Key:
    """An API key that is valid now, of those that the customers service keeps.

    Attributes:
        name: who is said to have done what is done with it.
    """

    key_id: str
    name: str
    role: str


class SessionVerifier(Protocol):
    """Knows which sessions and which keys are valid."""

    async def verify(self, token: str) -> Session | None:
        """Return the session of this token, None when it is not valid.

        Raises:
            Problem: 503 when nobody can say.
        """

    async def verify_key(self, key: str) -> Key | None:
        """Return whose API key this is, None when it is not valid.

        Raises:
            Problem: 503 when nobody can say.
        """


def cookie_name(request: Request) -> str:
    """Return the cookie's name: with ``__Host-``, so with Secure, unless this is plain HTTP on this machine."""
    return SECURE_COOKIE if is_secure(request) else COOKIE


def is_secure(request: Request) -> bool:
    """Whether cookies are to be Secure. Behind a proxy that ends TLS they are, whatever the scheme is here."""
    return request.url.scheme == "https" or request.url.hostname not in _LOCAL


def is_forgotten(request: Request) -> bool:
    """Whether the browser that sends this form will not keep our cookie: it has opened the page by plain HTTP."""
    return is_secure(request) and request.headers.get("origin", "").startswith("http://")


def token_of(request: Request) -> str | None:
    """Return the token of the session cookie, if there is one."""
    token = request.cookies.get(cookie_name(request))
    return token if token and len(token) <= LONGEST_TOKEN and token.isascii() else None


def csrf_token(token: str) -> str:
    """Return what proves that a request comes from a page of this session; it does not tell the session's token."""
    return hmac.new(token.encode(), b"tallyman csrf", sha256).hexdigest()


def check_origin(request: Request) -> None:
    """Refuse an unsafe request that a browser says comes from another site.

    Raises:
        Problem: 403.
    """
    if request.method in _SAFE:
        return
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if (site is not None and site not in ("same-origin", "none")) or (
        origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    ):
        raise Problem(403, "this request comes from another site")


async def check_csrf(request: Request, token: str) -> None:
    """Refuse an unsafe request that a page of this session did not make: by the header, or a form by its field.

    Raises:
        Problem: 403.
    """
    check_origin(request)
    if request.method in _SAFE:
        return
    sent = request.headers.get(CSRF_HEADER) or await _field(request)
    if not hmac.compare_digest(sent.encode(), csrf_token(token).encode()):
        raise Problem(
            403,
            f"with a session cookie this needs {CSRF_HEADER}, as GET /sessions/current tells it",
            errors=[("header.x-csrf-token", "is missing or not of this session")],
        )


async def _field(request: Request) -> str:
    """Return the token in a form of a page."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM_TYPE or not takes_forms(request.url.path):
        return ""
    fields = parse_qsl((await request.body()).decode("utf-8", "replace"), max_num_fields=MOST_FIELDS)
    return dict(fields).get(CSRF_FIELD, "")


class RemoteSessions:
    """Asks the customers service over HTTP.

    Args:
        url: where it is, such as ``http://customers:8000``.
        key: ``TALLYMAN_CUSTOMERS_KEY``, which the customers service was given, too.
    """

    def __init__(
        self,
        url: str,
        key: str,
        transport: httpx.AsyncBaseTransport | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={SERVICE_HEADER: key},
            timeout=TIMEOUT_S,
            transport=transport,
            trust_env=False,
        )
        self._now = now
        self._known: OrderedDict[bytes, tuple[float, _Answer]] = OrderedDict()

    async def verify(self, token: str) -> Session | None:
        """Return the session of this token; an answer is at most 5 seconds old.

        Raises:
            Problem: 503 when the customers service does not answer.
        """
        return (await self._answer(token)).session

    async def verify_key(self, key: str) -> Key | None:
        """Return whose API key this is; an answer is at most 5 seconds old.

        Raises:
            Problem: 503 when the customers service does not answer.
        """
        return (await self._answer(key)).key

    async def _answer(self, token: str) -> "_Answer":
        # Counted from the question: what is revoked while the answer is under way is not to live longer.
        asked, place = self._now(), sha256(token.encode()).digest()
        known = self._known.get(place)
        if known is not None and asked - known[0] < KNOWN_FOR_S:
            return known[1]
        found = await self._ask(token)
        if found.session is not None and found.session.must_change:
            return found  # Who has just chosen a password goes on at once.
        self._known[place] = asked, found
        self._known.move_to_end(place)
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return found

    async def _ask(self, token: str) -> "_Answer":
        try:
            response = await self._client.post("/sessions/introspection", json={"token": token})
            response.raise_for_status()
            return msgspec.json.decode(response.content, type=_Answer)
        except (httpx.HTTPError, msgspec.MsgspecError) as error:
            log.warning("the customers service does not say who is calling: %s", _reason(error))
            raise Problem(
                503, "who is calling cannot be checked now; try again", headers={"Retry-After": "2"}
            ) from None

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError) and error.response.status_code == 401:
        return "it was started with another TALLYMAN_CUSTOMERS_KEY, which must be the same for all services"
    return repr(error)


class _Answer(msgspec.Struct):
    session: Session | None
    key: Key | None = None
