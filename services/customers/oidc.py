"""Signing in with an OpenID provider: authorization code with PKCE, state and nonce (OpenID Connect Core, RFC 9700).

Nobody gets in whom an admin has not entered: the provider's subject finds the person, at first the mail address that
the provider has verified.
"""

import secrets
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from services.customers.access import hash_of
from services.customers.store import access
from services.kit.database import Connection
from services.kit.runtime import Runtime
from services.kit.settings import Settings

CALLBACK_PATH = "/console/login/oidc/callback"
ON_THE_WAY = timedelta(minutes=10)
TIMEOUT_S = 10.0
KNOWN_FOR_S = 3_600.0
LEEWAY_S = 60
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
"""Signatures with a key pair only: with HS256 the client secret, and with "none" anybody, could sign."""
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class SignInError(Exception):
    """The provider, or what came back from it, does not say who this is; the message is for the log."""


class UnknownPersonError(Exception):
    """The provider says who this is, and no admin has entered them."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed in, as the provider says; the mail address only if it has verified it."""

    subject: str
    email: str | None


class OpenIdProvider:
    """The provider of the settings.

    Args:
        transport: None: the network.
    """

    def __init__(self, settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.issuer = settings.oidc_issuer
        self.redirect_uri = f"{settings.public_url.rstrip('/')}{CALLBACK_PATH}"
        self._client_id = settings.oidc_client_id
        self._secret = settings.oidc_client_secret.get_secret_value()
        self._transport = transport
        self._known: tuple[float, dict[str, Any], Any] | None = None

    async def address(self, state: str, nonce: str, verifier: str) -> str:
        """Return where to send the browser.

        Raises:
            SignInError: the provider does not answer, or is not who it should be.
        """
        metadata, _ = await self._discover()
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid email profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),  # type: ignore[no-untyped-call]
            "code_challenge_method": "S256",
        }
        place = str(metadata["authorization_endpoint"])
        return f"{place}{'&' if '?' in place else '?'}{urlencode(query)}"

    async def identity(self, code: str, nonce: str, verifier: str) -> Identity:
        """Exchange the code and return who signed in.

        Raises:
            SignInError: the code, the signature, or a claim of the ID token is not right.
        """
        metadata, _ = await self._discover()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": verifier,
        }
        methods = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        basic = "client_secret_basic" in methods
        if not basic:
            form |= {"client_id": self._client_id, "client_secret": self._secret}
        auth = httpx.BasicAuth(self._client_id, self._secret) if basic else None
        token = await self._json("POST", str(metadata["token_endpoint"]), data=form, auth=auth)
        claims = await self._claims(token, nonce)
        email = claims.get("email")
        # Only the boolean: some providers send it as a text, and "false" would be true.
        verified = isinstance(email, str) and claims.get("email_verified") is True
        return Identity(str(claims["sub"]), email.lower() if verified and isinstance(email, str) else None)

    async def _claims(self, token: dict[str, Any], nonce: str) -> dict[str, Any]:
        text = token.get("id_token")
        if not isinstance(text, str):
            raise SignInError("there is no ID token in the answer")
        try:
            try:
                decoded = jwt.decode(text, (await self._discover())[1], algorithms=ALGORITHMS)
            except (JoseError, ValueError):
                # Its keys may have been changed since they were read.
                decoded = jwt.decode(text, (await self._discover(anew=True))[1], algorithms=ALGORITHMS)
            expected = {
                "iss": {"essential": True, "value": self.issuer},
                "aud": {"essential": True, "value": self._client_id},
            }
            params = {"nonce": nonce, "client_id": self._client_id, "access_token": token.get("access_token")}
            claims = CodeIDToken(decoded.claims, decoded.header, expected, params)
            claims.validate(leeway=LEEWAY_S)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise SignInError(f"the ID token is not right: {error!r}") from error
        return dict(decoded.claims)

    async def _discover(self, *, anew: bool = False) -> tuple[dict[str, Any], Any]:
        now = time.monotonic()
        if self._known is not None and not anew and now - self._known[0] < KNOWN_FOR_S:
            return self._known[1], self._known[2]
        metadata = await self._json("GET", f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if metadata.get("issuer") != self.issuer:
            raise SignInError(f"the provider says it is {metadata.get('issuer')!r}, not {self.issuer!r}")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            _check_address(str(metadata.get(name, "")), name)
        try:
            keys = KeySet.import_key_set(await self._json("GET", metadata["jwks_uri"]))  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError) as error:
            raise SignInError(f"the provider's keys cannot be read: {error!r}") from error
        self._known = now, metadata, keys
        return metadata, keys

    async def _json(self, method: str, url: str, **sent: Any) -> dict[str, Any]:
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_S, transport=self._transport) as client:
                response = await client.request(method, url, headers={"Accept": "application/json"}, **sent)
            response.raise_for_status()
            found = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise SignInError(f"{url} does not answer as it should: {error!r}") from error
        if not isinstance(found, dict):
            raise SignInError(f"{url} does not answer with an object")
        return found


def _check_address(url: str, name: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOCAL):
        raise SignInError(f"{name} must be an https address, not {url!r}")


async def depart(runtime: Runtime, provider: OpenIdProvider, back: str, browser: str) -> str:
    """Note who is on the way, and return where to send them.

    Args:
        browser: what this browser will show when it comes back; the state of another browser is of no use to it.
    """
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    address, now = await provider.address(state, nonce, verifier), runtime.clock.now()
    async with runtime.database.unit_of_work() as unit:
        await unit.connection.execute("DELETE FROM oidc_logins WHERE expires_at <= $1", now)
        await unit.connection.execute(
            "INSERT INTO oidc_logins VALUES ($1, $2, $3, $4, $5, $6)",
            hash_of(state), hash_of(browser), nonce, verifier, back, now + ON_THE_WAY,
        )  # fmt: skip
    return address


async def arrive(
    runtime: Runtime, provider: OpenIdProvider, state: str, code: str, browser: str
) -> tuple[str, str]:
    """Return the login name of who came back, and where they wanted to go.

    Raises:
        SignInError: they were not on the way, took too long, or the provider does not say who it is.
        UnknownPersonError: no admin has entered them.
    """
    row = await runtime.database.pool.fetchrow(
        "DELETE FROM oidc_logins WHERE state_hash = $1 AND browser_hash = $2 AND expires_at > $3 RETURNING *",
        hash_of(state), hash_of(browser), runtime.clock.now(),
    )  # fmt: skip
    if row is None:
        raise SignInError("nobody with this state and browser was on the way")
    found = await provider.identity(code, row["nonce"], row["verifier"])
    async with runtime.database.unit_of_work() as unit:
        login = await _person(unit.connection, runtime, f"{provider.issuer} {found.subject}", found.email)
    if login is None:
        raise UnknownPersonError(f"{found.subject} ({found.email or 'no verified mail address'})")
    return login, str(row["back"])


async def _person(connection: Connection, runtime: Runtime, subject: str, email: str | None) -> str | None:
    known: str | None = await connection.fetchval(
        "SELECT login FROM accounts WHERE oidc_subject = $1", subject
    )
    if known is not None or email is None:
        return known
    # Somebody else with the address of a person who has signed in before is not that person.
    linked: str | None = await connection.fetchval(
        """UPDATE accounts SET oidc_subject = $1 WHERE email = $2 AND oidc_subject IS NULL AND NOT disabled
           RETURNING login""",
        subject,
        email,
    )
    if linked is not None:
        told = {"email": email, "subject": subject}
        await access.audit(connection, runtime.clock.now(), linked, "account.linked", linked, None, told)
    return linked
