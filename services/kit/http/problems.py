"""Every error as problem+json (RFC 9457): what happened, which fields, and the trace to ask about."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import asyncpg
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from pydantic_core import to_json
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from contracts.errors import Conflict, ContractError
from contracts.wire import EXPECTATIONS
from services.kit import metrics
from services.kit.errors import TRANSIENT_BROKER_ERRORS, TRANSIENT_DATABASE_ERRORS
from services.kit.http.exports import Exported, exported
from services.kit.logs import current_service
from services.kit.telemetry import current_trace_id

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 2
LONGEST_ECHO = 80

_BUGS_OF_OURS = (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError)
_UNSTORABLE = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)


class FieldError(BaseModel):
    """One thing that is wrong with the request."""

    field: str = Field(description='dotted path in the body; "query.x", "path.x" and "header.x" elsewhere')
    reason: str


class ProblemBody(BaseModel):
    """An error (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = Field(description="what happened and what to do, in words")
    errors: list[FieldError] = []
    trace_id: str | None = Field(None, description="finds the request in logs and traces")


class Problem(Exception):
    """An error to answer with.

    Attributes:
        status: the HTTP status.
        detail: what happened and what to do, in words for the caller.
        errors: ``(field, reason)`` pairs.
        headers: further response headers.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """Return the answer."""
        body = ProblemBody(
            title=HTTPStatus(self.status).phrase,
            status=self.status,
            detail=self.detail,
            errors=[FieldError(field=field, reason=reason) for field, reason in self.errors],
            trace_id=current_trace_id(),
        )
        return Response(to_json(body, exclude_none=True), self.status, self.headers, MEDIA_TYPE)


def unavailable(detail: str) -> Problem:
    """Return a 503 that says when to try again."""
    return Problem(503, detail, headers={"Retry-After": str(RETRY_AFTER_S)})


def problem_of(error: Exception) -> Problem:
    """Return how to answer an error that no route dealt with; what is not known to pass is logged as a bug."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, ContractError):
        status = 409 if isinstance(error, Conflict) else 422
        return Problem(status, str(error), errors=[(error.field, error.reason)])
    cause = database_error(error)
    if isinstance(cause, _UNSTORABLE):
        return Problem(400, "the request has a character that cannot be stored, such as U+0000")
    if passes_by_itself(cause):
        metrics.TRANSIENT_ERRORS.labels(current_service.get(), type(cause).__name__).inc()
        log.warning("a request failed on an error that passes: %r", cause)
        return unavailable(
            "the database or the broker does not answer at the moment. The request may or may not have had its effect: "
            "send it again with the same Idempotency-Key or the same ids"
        )
    log.error("a request failed on an unexpected error", exc_info=error)
    return Problem(500, "an error of ours; the logs have it under trace_id")


def database_error(error: BaseException) -> BaseException:
    """Return the driver's error from under SQLAlchemy's wrapping."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        return error.orig.__cause__ or error.orig
    return error


def passes_by_itself(error: BaseException) -> bool:
    """Say whether a later attempt may succeed without anybody doing anything."""
    passing = (*TRANSIENT_DATABASE_ERRORS, *TRANSIENT_BROKER_ERRORS, PoolTimeoutError)
    return isinstance(error, passing) and not isinstance(error, _BUGS_OF_OURS)


def install_problems(app: FastAPI) -> None:
    """Make ``app`` answer every error as problem+json. A ``ContractError`` becomes 422, a ``Conflict`` 409."""

    async def http_exception(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 405:
            allowed = ", ".join(_methods_here(request))
            detail = f"this address takes {allowed}, not {request.method}"
            return Problem(405, detail, headers={"Allow": allowed}).response()
        return Problem(error.status_code, _detail(error), headers=error.headers).response()

    async def invalid(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        errors = [(_field(found["loc"]), reason_of(found)) for found in error.errors()]
        return Problem(
            422, f"the request is not valid: {'; '.join(': '.join(e) for e in errors[:3])}", errors=errors
        ).response()

    async def known(_: Request, error: Exception) -> Response:
        return problem_of(error).response()

    app.add_exception_handler(HTTPException, http_exception)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(ContractError, known)
    app.add_exception_handler(Problem, known)
    app.add_exception_handler(Exported, exported)


def _methods_here(request: Request) -> list[str]:
    """Return what an address takes: each method may have a route of its own, and Starlette names the first one only."""
    routes = request.app.routes
    return [
        method
        for method in ("DELETE", "GET", "PATCH", "POST", "PUT")
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    ]


def _detail(error: HTTPException) -> str:
    if error.status_code == 404 and error.detail == HTTPStatus.NOT_FOUND.phrase:
        return "there is nothing at this address"
    return str(error.detail)


def _field(location: Sequence[int | str]) -> str:
    parts = location[1:] if location and location[0] == "body" else location
    return ".".join(str(part) for part in parts)


def reason_of(found: Mapping[str, Any]) -> str:
    """Say pydantic's finding in the words of the contract: what was expected and what was given."""
    kind, message = found["type"], found["msg"].removeprefix("Value error, ")
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        return "is not known here"
    if kind == "string_pattern_mismatch":
        pattern = found["ctx"]["pattern"]
        message = "must be " + EXPECTATIONS.get(pattern, f"text matching {pattern}")
    given = repr(found["input"])
    return f"{message} (given: {given if len(given) <= LONGEST_ECHO else given[: LONGEST_ECHO - 3] + '...'})"
