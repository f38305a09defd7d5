"""Who looks at a page, and whether a form comes from a page of ours: the one place where sessions are plugged in."""

import hmac
import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from fastapi import Request, Response

from services.kit.http import sessions
from services.kit.http.auth import Principal, Role, require
from services.kit.http.problems import Problem
from services.kit.http.sessions import CSRF_FIELD

__all__ = ["CSRF_FIELD", "check_csrf", "csrf_token", "keep_csrf", "signed_out_to", "visitor"]

CSRF_COOKIE = "tallyman_csrf"
SIGN_IN_PATH = "/console/login"
"""Where somebody who is not known signs in."""
ACCOUNT_PATH = "/console/account"
"""Where people change their password."""
CSRF_BYTES = 24


def visitor(*roles: Role) -> Callable[..., Awaitable[Principal]]:
    """Return the dependency of every page and fragment: who it is, if one of these roles (none: anybody known)."""
    return require(*roles)


def signed_out_to(request: Request) -> str | None:
    """Return where to send a browser that asks for a page without being known; None: say it on the page."""
    if request.method != "GET" or "hx-request" in request.headers:
        return None
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{SIGN_IN_PATH}?next={quote(request.url.path + query, safe='')}"


def csrf_token(request: Request) -> str:
    """Return the token that this visitor's forms carry: the session's, or one of its own for who has none.

    :func:`keep_csrf` sends the cookie that belongs to the latter.
    """
    session = sessions.token_of(request)
    if session is not None:
        return sessions.csrf_token(session)
    known = request.cookies.get(CSRF_COOKIE, "")
    token: str = getattr(request.state, "csrf", "") or known or secrets.token_urlsafe(CSRF_BYTES)
    request.state.csrf = token
    return token


def keep_csrf(request: Request, response: Response) -> None:
    """Give the visitor the cookie that belongs to the token on the page, if it has none."""
    token = getattr(request.state, "csrf", "")
    if token and request.cookies.get(CSRF_COOKIE) != token:
        # Over plain HTTP it goes without: the sign-in page can then say why nobody can sign in there.
        secure = request.url.scheme == "https"
        response.set_cookie(CSRF_COOKIE, token, httponly=True, samesite="strict", secure=secure, path="/")


def check_csrf(request: Request, sent: str) -> None:
    """Refuse a form that was not sent by a page of ours (OWASP: double submit, and the browser's own word).

    Raises:
        Problem: 403.
    """
    sessions.check_origin(request)
    session = sessions.token_of(request)
    known = request.cookies.get(CSRF_COOKIE, "") if session is None else sessions.csrf_token(session)
    if not known or not hmac.compare_digest(known.encode(), sent.encode()):
        raise Problem(403, "this form is too old or was not sent by this site; open the page again")
