"""Errors of pages as pages, and of fragments as fragments; everybody else gets problem+json as ever."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from contracts.errors import ContractError
from services.kit.http.auth import Principal
from services.kit.http.problems import Problem, problem_of, reason_of
from services.kit.web.home import HOME
from services.kit.web.visitors import ACCOUNT_PATH, signed_out_to

KNOWN = (401, 403, 404, 409, 422, 503)
STRANGER = Principal("", "sales")

Handler = Callable[[Request, Exception], Awaitable[Response]]


def is_page(request: Request) -> bool:
    """Say whether a person's browser asks for a page or a part of one."""
    asks_html = "text/html" in request.headers.get("accept", "") or "hx-request" in request.headers
    return request.url.path.startswith("/console") and asks_html


def install_page_errors(app: FastAPI) -> None:
    """Answer errors below /console as pages. Called after the problems are installed, which stay for the rest."""
    for kind in (HTTPException, RequestValidationError, ContractError, Problem):
        known = app.exception_handlers[kind]
        app.add_exception_handler(kind, _drawn(known))  # type: ignore[arg-type]


def _drawn(otherwise: Handler) -> Handler:
    async def handle(request: Request, error: Exception) -> Response:
        if not is_page(request):
            return await otherwise(request, error)
        if isinstance(error, HTTPException):
            return draw(request, error.status_code, str(error.detail))
        if isinstance(error, RequestValidationError):
            return draw(request, 422, _in_words(error))
        problem = problem_of(error)
        if problem.status == 401 and (place := signed_out_to(request)) is not None:
            return RedirectResponse(place, 303)
        if problem.status == 403 and _must_change(request):
            return RedirectResponse(ACCOUNT_PATH, 303)
        return draw(request, problem.status, problem.detail)

    return handle


def _must_change(request: Request) -> bool:
    """Say whether somebody has to change a first password before anything else."""
    principal: Principal = getattr(request.state, "principal", STRANGER)
    return principal.must_change and "hx-request" not in request.headers


def _in_words(error: RequestValidationError) -> str:
    return "; ".join(f"{found['loc'][-1]}: {reason_of(found)}" for found in error.errors()[:3])


def draw(request: Request, status: int, detail: str) -> Response:
    """Return an error as a page, or as a part of one when a page asked for a part."""
    known = status if status in KNOWN else 404 if status == 405 else 500
    principal: Principal = getattr(request.state, "principal", STRANGER)
    if "hx-request" in request.headers:
        return HOME.fragment(request, principal, "kit/error_part.html", status=status, known=known)
    return HOME.page(request, principal, "kit/error.html", nav="", status=status, known=known, detail=detail)
