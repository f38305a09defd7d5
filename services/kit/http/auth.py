"""Who is calling, and what they may do: sessions, API keys and JWTs, six roles."""

import hmac
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, Literal, get_args
from urllib.parse import quote

import jwt
from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from services.kit.errors import FatalError
from services.kit.http.problems import Problem
from services.kit.http.sessions import KEY_PREFIX, LONGEST_TOKEN, SessionVerifier, check_csrf, token_of
from services.kit.settings import Settings

log = logging.getLogger(__name__)

Role = Literal["system", "sales", "finance", "manager", "ops", "admin"]

ROLES: frozenset[str] = frozenset(get_args(Role))
ALGORITHM = "HS256"
SHORTEST_KEY = 16
SHORTEST_JWT_SECRET = 32
CLOCK_SKEW_S = 30
LONGEST_NAME = 64
LONGEST_ID = 64
CHALLENGE = 'Bearer realm="tallyman"'

_VISIBLE = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) != "%")
_bearer = HTTPBearer(auto_error=False, description="an API key or a JWT")
_header = APIKeyHeader(name="X-API-Key", auto_error=False, description="an API key")


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling. ``role`` is "all" only for anonymous callers of a local trial.

    Attributes:
        staff_id: the salesperson who a logged-in person is.
        session: the id of their session; None: a key, a token or nobody.
        must_change: their password is to be changed before anything else is done.
    """

    name: str
    role: Role | Literal["all"]
    staff_id: str | None = None
    session: str | None = None
    must_change: bool = False


def person(principal: Principal) -> str:
    """Return who commands, as an identifier: other characters are percent-encoded, and what is too long is cut."""
    identifier = ""
    for character in principal.name:
        encoded = quote(character, safe=_VISIBLE)
        if len(identifier) + len(encoded) > LONGEST_ID:
            break
        identifier += encoded
    return identifier


class Authenticator:
    """Knows the keys and the JWT secret of the settings.

    Raises:
        FatalError: when they are malformed or too short to be safe; the message holds no key.
    """

    def __init__(self, settings: Settings) -> None:
        entries = [
            entry.strip() for entry in settings.api_keys.get_secret_value().split(",") if entry.strip()
        ]
        self._keys = [_entry(number, entry) for number, entry in enumerate(entries, 1)]
        self._secret = settings.jwt_secret.get_secret_value()
        self._allow_anonymous = settings.allow_anonymous
        if self._secret and len(self._secret) < SHORTEST_JWT_SECRET:
            raise FatalError(f"TALLYMAN_JWT_SECRET must have at least {SHORTEST_JWT_SECRET} characters")
        if len({digest for digest, _ in self._keys}) < len(self._keys):
            raise FatalError("TALLYMAN_API_KEYS has one key twice")

    def warn(self) -> None:
        """Say in the log what an operator should not overlook."""
        if self._allow_anonymous:
            log.warning(
                "TALLYMAN_ALLOW_ANONYMOUS is set: every caller may do everything. For local trials only."
            )

    @property
    def anonymous(self) -> Principal | None:
        """Who everybody is in a local trial; None: this is none."""
        return Principal("anonymous", "all") if self._allow_anonymous else None

    def principal(self, credential: str | None) -> Principal:
        """Return who has this key or token.

        Raises:
            Problem: 401.
        """
        if not credential:
            if self.anonymous is not None:
                return self.anonymous
            raise _unauthorized(
                "send an API key or a JWT: 'Authorization: Bearer ...' or 'X-API-Key: ...'", CHALLENGE
            )
        found = self.of_key(credential)
        if found is None and self._secret and credential.count(".") == 2:
            found = self._of_token(credential)
        if found is None:
            raise _unauthorized("this key is not known", f'{CHALLENGE}, error="invalid_token"')
        return found

    def of_key(self, key: str) -> Principal | None:
        """Return who has this key of the settings, if anybody has."""
        # Every key is compared, and as hashes, so that the time taken tells nothing about any of them.
        digest, found = sha256(key.encode()).digest(), None
        for known, principal in self._keys:
            if hmac.compare_digest(known, digest):
                found = principal
        return found

    def _of_token(self, token: str) -> Principal:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._secret,
                algorithms=[ALGORITHM],
                leeway=CLOCK_SKEW_S,
                options={"require": ["exp", "sub", "role"]},
            )
        except jwt.InvalidTokenError as error:
            raise _unauthorized(
                f"the token is not valid: {error}", f'{CHALLENGE}, error="invalid_token"'
            ) from None
        name, role = claims["sub"], claims["role"]
        if not isinstance(role, str) or role not in ROLES or not _is_name(name):
            raise _unauthorized(
                f"the token's sub or role is not valid; the roles are {', '.join(sorted(ROLES))}",
                f'{CHALLENGE}, error="invalid_token"',
            )
        return Principal(name, role)  # type: ignore[arg-type]


async def authenticate(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    api_key: Annotated[str | None, Depends(_header)],
) -> Principal:
    """Return who is calling; a dependency.

    Raises:
        Problem: 401, with WWW-Authenticate.
    """
    if request.headers.get("authorization") and bearer is None:
        raise _unauthorized("the Authorization header must be 'Bearer' and a key or token", CHALLENGE)
    if bearer is not None and api_key is not None:
        raise _unauthorized("send one of Authorization and X-API-Key, not both", CHALLENGE)
    authenticator: Authenticator = request.app.state.authenticator
    credential = bearer.credentials if bearer is not None else api_key
    token = token_of(request) if credential is None else None
    if token is not None:
        principal = await _of_session(request, token, authenticator)
    elif credential and credential.startswith(KEY_PREFIX) and authenticator.of_key(credential) is None:
        principal = await _of_kept_key(request, credential)
    else:
        principal = authenticator.principal(credential)
    request.state.principal, request.state.credential = principal, credential
    return principal


async def _of_session(request: Request, token: str, authenticator: Authenticator) -> Principal:
    session = await _verifier(request).verify(token)
    if session is None and authenticator.anonymous is not None:
        return authenticator.anonymous  # A cookie of another installation on this machine.
    if session is None or session.role not in ROLES:
        raise _unauthorized("this session has ended; log in again", CHALLENGE)
    await check_csrf(request, token)
    return Principal(
        session.login,
        session.role,  # type: ignore[arg-type]
        session.staff_id,
        session.session_id,
        session.must_change,
    )


async def _of_kept_key(request: Request, credential: str) -> Principal:
    key = await _verifier(request).verify_key(credential) if len(credential) <= LONGEST_TOKEN else None
    if key is None or key.role not in ROLES:
        raise _unauthorized("this key is not known, or not any more", f'{CHALLENGE}, error="invalid_token"')
    request.state.key = credential
    return Principal(key.name, key.role)  # type: ignore[arg-type]


def _verifier(request: Request) -> SessionVerifier:
    verifier: SessionVerifier | None = getattr(request.app.state, "sessions", None)
    if verifier is None:
        raise Problem(
            503, "this service is not told where sessions and keys are kept: TALLYMAN_CUSTOMERS_URL"
        )
    return verifier


async def still_known(request: Request, principal: Principal) -> bool:
    """Say whether the session, key or JWT that a long request began with is still valid, and whose it was.

    Raises:
        Problem: 401 for a JWT that has expired.
    """
    kept: str | None = getattr(request.state, "key", None)
    if kept is not None:
        key = await _verifier(request).verify_key(kept)
        return key is not None and key.role == principal.role
    token = token_of(request)
    if principal.session is None or token is None:
        authenticator: Authenticator = request.app.state.authenticator
        found = authenticator.principal(getattr(request.state, "credential", None))
        return found == principal
    session = await _verifier(request).verify(token)
    return session is not None and (session.role, session.staff_id) == (principal.role, principal.staff_id)


def require(*roles: Role) -> Callable[..., Awaitable[Principal]]:
    """Return a dependency that lets these roles in: ``principal: Annotated[Principal, Depends(require("finance"))]``.

    Without roles anybody known may call. An admin may do what a manager may.
    Callers get 401 without valid credentials, 403 in another role.
    """

    async def allowed(principal: Annotated[Principal, Depends(authenticate)]) -> Principal:
        if principal.must_change:
            raise Problem(403, "change your password first: PUT /people/me/password")
        if (
            roles
            and principal.role not in ("all", *roles)
            and not (principal.role == "admin" and "manager" in roles)
        ):
            raise Problem(
                403, f"this needs the role {' or '.join(roles)}; {principal.name} has {principal.role}"
            )
        return principal

    return allowed


def _entry(number: int, entry: str) -> tuple[bytes, Principal]:
    key, _, rest = entry.partition(":")
    role, _, name = rest.partition(":")
    if role not in ROLES:
        raise FatalError(
            f"entry {number} of TALLYMAN_API_KEYS must be key:role or key:role:name with a role of "
            f"{', '.join(sorted(ROLES))}"
        )
    if len(key) < SHORTEST_KEY or not key.isascii() or not key.isprintable() or " " in key:
        raise FatalError(
            f"the key in entry {number} of TALLYMAN_API_KEYS must have at least {SHORTEST_KEY} visible ASCII characters"
        )
    if name and not _is_name(name):
        raise FatalError(
            f"the name in entry {number} of TALLYMAN_API_KEYS must be 1 to {LONGEST_NAME} printable characters"
        )
    return sha256(key.encode()).digest(), Principal(name or role, role)  # type: ignore[arg-type]


def _is_name(name: object) -> bool:
    return isinstance(name, str) and 0 < len(name) <= LONGEST_NAME and name.isprintable()


def _unauthorized(detail: str, challenge: str) -> Problem:
    return Problem(401, detail, headers={"WWW-Authenticate": challenge})
