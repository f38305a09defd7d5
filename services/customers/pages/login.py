"""Signing in and out, and one's own account: password and open sessions."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.customers.api.accounts import OwnPasswordIn, change_own_password
from services.customers.api.preferences import THEMES, PreferencesIn, change_preferences
from services.customers.api.sessions import CurrentOut, LoginIn, Me, end_session, list_sessions, start_session
from services.customers.pages.common import console
from services.customers.setup import SETUP_PATH, nobody
from services.customers.store.access import preferences
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.scope import OPEN
from services.kit.http.sessions import Session, cookie_name, is_forgotten, is_secure
from services.kit.runtime import Runtime
from services.kit.web.console import THEME_COOKIE
from services.kit.web.errors import STRANGER
from services.kit.web.forms import LIST_SIZES, ROWS_COOKIE, Form, Refused, sent_form
from services.kit.web.home import YEAR_S
from services.kit.web.navigation import navigation_of
from services.kit.web.texts import LANGUAGE_COOKIE, language_of
from services.kit.web.visitors import ACCOUNT_PATH, SIGN_IN_PATH

router = APIRouter(include_in_schema=False, dependencies=[OPEN])

HOME = "/console/"
LANGUAGES_SHOWN = (("zh", "中文"), ("en", "English"))
Next = Annotated[str, Query(alias="next", max_length=500)]


@router.get(SIGN_IN_PATH)
async def sign_in_page(request: Request, runtime: LiveRuntime, back: Next = HOME) -> Response:
    """The form to sign in; where nobody can, the way to make the first admin."""
    if await nobody(runtime.database.pool):
        return RedirectResponse(SETUP_PATH, 303)
    return _sign_in(request, Form(), back)


@router.post(SIGN_IN_PATH)
async def sign_in(request: Request, runtime: LiveRuntime) -> Response:
    """Begin a session and go where one wanted to; or show what is wrong."""
    form = await sent_form(request)
    back = form.values.pop("next", HOME)
    if is_forgotten(request):
        form.values.pop("password", None)
        form.status, form.message = 400, console.text(language_of(request), "login.plain")
        return _sign_in(request, form, back)
    answer = RedirectResponse(ours(back), 303)
    try:
        current = await start_session(form.parse(LoginIn), request, answer, runtime)
    except Refused as error:
        problem = getattr(error, "status", 422)
        form.values.pop("password", None)
        form.status, form.message = problem, _why(problem, request)
        return _sign_in(request, form, back)
    start = await prefer(answer, runtime, current.login)
    if current.must_change:
        answer.headers["location"] = ACCOUNT_PATH
    else:
        answer.headers["location"] = start_page_of(ours(back), start, current)
    return answer


@router.post("/console/logout")
async def sign_out(request: Request, runtime: LiveRuntime, principal: Me) -> Response:
    """End the session."""
    await sent_form(request)
    if principal.session is not None:
        await end_session("current", runtime, principal)
    answer = RedirectResponse(SIGN_IN_PATH, 303)
    answer.delete_cookie(cookie_name(request), path="/", secure=is_secure(request), httponly=True)
    return answer


@router.get(ACCOUNT_PATH)
async def account_page(request: Request, runtime: LiveRuntime, principal: Me) -> HTMLResponse:
    """One's own account."""
    return await _account(request, runtime, principal, Form())


@router.post(ACCOUNT_PATH)
async def change_password(request: Request, runtime: LiveRuntime, principal: Me) -> Response:
    """Change one's own password."""
    form = await sent_form(request)
    try:
        if form.values.get("new") != form.values.pop("again", None):
            form.status, form.errors = (
                422,
                {"again": console.text(language_of(request), "account.again.differs")},
            )
            return await _account(request, runtime, principal, form)
        await change_own_password(form.parse(OwnPasswordIn), runtime, principal)
    except Refused as error:
        form.fail(error)
        return await _account(request, runtime, principal, form)
    return RedirectResponse(f"{ACCOUNT_PATH}?changed=1", 303)


@router.post("/console/account/preferences")
async def change_own_preferences(request: Request, runtime: LiveRuntime, principal: Me) -> Response:
    """Keep how one likes to read, here and wherever one signs in."""
    form = await sent_form(request)
    try:
        await change_preferences(form.parse(PreferencesIn), runtime, principal)
    except Refused as error:
        form.fail(error)
        return await _account(request, runtime, principal, Form(), form)
    answer = RedirectResponse(f"{ACCOUNT_PATH}?kept=1", 303)
    await prefer(answer, runtime, principal.name)
    return answer


@router.post("/console/account/sessions/{session_id}")
async def end_one(session_id: str, request: Request, runtime: LiveRuntime, principal: Me) -> Response:
    """End another of one's own sessions."""
    await sent_form(request)
    await end_session(session_id, runtime, principal)
    return RedirectResponse(SIGN_IN_PATH if session_id == principal.session else ACCOUNT_PATH, 303)


def ours(path: str) -> str:
    """Return an address of ours, whatever was sent: one of another site here would be an open redirect."""
    inside = path.startswith("/console/") and not urlsplit(path).netloc and "\\" not in path
    return path if inside and not path.startswith(SIGN_IN_PATH) else HOME


def _sign_in(request: Request, form: Form, back: str) -> HTMLResponse:
    settings, failed = request.app.state.settings, request.query_params.get("failed", "")
    provider = (settings.oidc_name or urlsplit(settings.oidc_issuer).hostname) if settings.oidc_issuer else ""
    return console.page(
        request, STRANGER, "login/sign_in.html", nav="", status=form.status, form=form, back=ours(back),
        provider=provider, failed=failed if failed in ("provider", "unknown") else "",
    )  # fmt: skip


async def _account(
    request: Request, runtime: Runtime, principal: Principal, form: Form, liked: Form | None = None
) -> HTMLResponse:
    for name in ("old", "new", "again"):
        form.values.pop(name, None)
    if liked is None:
        chosen = await preferences(runtime.database, principal.name)
        liked = Form({name: str(value) for name, value in chosen.items() if value is not None})
    return console.page(
        request,
        principal,
        "login/account.html",
        nav="",
        status=max(form.status, liked.status),
        form=form,
        liked=liked,
        languages=LANGUAGES_SHOWN,
        themes=THEMES,
        sizes=LIST_SIZES,
        start_pages=_pages_of(principal),
        kept="kept" in request.query_params,
        sessions=[] if principal.must_change else await list_sessions(runtime, principal),
        changed="changed" in request.query_params,
    )


def start_page_of(back: str, start: str, session: CurrentOut | Session) -> str:
    """Return where somebody begins: where they wanted to go, else with the page they chose, if they may open it."""
    may = _pages_of(Principal(session.login, session.role))  # type: ignore[arg-type]
    return start if back == HOME and start in may else back


def _pages_of(principal: Principal) -> dict[str, str]:
    """Return the pages that somebody can begin with: address and the id in the navigation."""
    return {entry.href: entry.id for group in navigation_of(principal) for entry in group.entries}


def _why(status: int, request: Request) -> str:
    known = {401: "login.wrong", 429: "login.throttled", 422: "login.wrong"}
    return console.text(language_of(request), known.get(status, "login.refused"))


async def prefer(answer: Response, runtime: Runtime, login: str) -> str:
    """Give the browser what somebody chose: language, appearance and length of lists; return their start page."""
    chosen = await preferences(runtime.database, login)
    theme = "auto" if chosen["theme"] == "system" else chosen["theme"]
    rows = str(chosen["list_size"] or "")
    for cookie, value in ((LANGUAGE_COOKIE, chosen["language"]), (THEME_COOKIE, theme), (ROWS_COOKIE, rows)):
        answer.set_cookie(cookie, value, max_age=YEAR_S, samesite="lax", path="/", httponly=True)
    return str(chosen["start_page"])
