"""Signing in with an OpenID provider: there and back."""

import logging
import secrets
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from services.customers.access import Guess, log_in_as
from services.customers.api.sessions import LONGEST_AGENT, give_cookie
from services.customers.oidc import (
    CALLBACK_PATH,
    OpenIdProvider,
    SignInError,
    UnknownPersonError,
    arrive,
    depart,
)
from services.customers.pages.login import HOME, Next, ours, prefer, start_page_of
from services.kit import metrics
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.problems import Problem
from services.kit.http.scope import OPEN
from services.kit.http.sessions import is_secure, token_of
from services.kit.web.visitors import SIGN_IN_PATH

log = logging.getLogger(__name__)

router = APIRouter(include_in_schema=False, dependencies=[OPEN])

DEPARTURE_PATH = "/console/login/oidc"
COOKIE = "tallyman_oidc"
Part = Annotated[str, Query(max_length=4_000)]


def provider_of(request: Request) -> OpenIdProvider:
    """Return the provider of the settings.

    Raises:
        Problem: 404 when there is none.
    """
    settings = request.app.state.settings
    if not settings.oidc_issuer:
        raise Problem(404, "signing in with an OpenID provider is not set up here")
    found: OpenIdProvider | None = getattr(request.app.state, "oidc", None)
    if found is None:
        found = request.app.state.oidc = OpenIdProvider(settings)
    return found


@router.get(DEPARTURE_PATH)
async def to_provider(request: Request, runtime: LiveRuntime, back: Next = HOME) -> Response:
    """Send the browser to the provider."""
    provider, browser = provider_of(request), secrets.token_urlsafe(32)
    try:
        answer = RedirectResponse(await depart(runtime, provider, ours(back), browser), 303)
    except SignInError as error:
        log.warning("nobody can sign in with %s: %s", provider.issuer, error)
        return _refused("provider")
    # Lax: the browser comes back by a link from another site.
    answer.set_cookie(
        COOKIE, browser, max_age=600, path=DEPARTURE_PATH, httponly=True, samesite="lax",
        secure=is_secure(request),
    )  # fmt: skip
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.get(CALLBACK_PATH)
async def from_provider(
    request: Request,
    runtime: LiveRuntime,
    code: Part = "",
    state: Part = "",
    error: Part = "",
    iss: Part = "",
) -> Response:
    """Begin the session of whom the provider names, or say at the sign-in page why not."""
    provider, browser = provider_of(request), request.cookies.get(COOKIE, "")
    try:
        # RFC 9207: an answer of another provider is none to this question.
        if error or not (code and state and browser) or iss not in ("", provider.issuer):
            raise SignInError(
                f"came back with error {error[:100]!r}, iss {iss[:200]!r}, or without what it left with"
            )
        login, back = await arrive(runtime, provider, state, code, browser)
        address = request.client.host if request.client else ""
        guess = Guess(login, "", address, request.headers.get("user-agent", "")[:LONGEST_AGENT])
        token, session = await log_in_as(runtime, guess, token_of(request))
    except (SignInError, UnknownPersonError, Problem) as failure:
        metrics.LOGINS.labels("failed").inc()
        log.warning("signing in with %s failed: %s", provider.issuer, failure)
        return _refused("provider" if isinstance(failure, SignInError) else "unknown")
    answer = RedirectResponse(back, 303)
    give_cookie(request, answer, token)
    start = await prefer(answer, runtime, login)
    answer.headers["location"] = start_page_of(back, start, session)
    answer.delete_cookie(COOKIE, path=DEPARTURE_PATH)
    return answer


def _refused(why: str) -> Response:
    return RedirectResponse(f"{SIGN_IN_PATH}?failed={why}", 303)
