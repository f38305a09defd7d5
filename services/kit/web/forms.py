"""Forms of pages: what was sent, what is wrong with it and at which field."""

from typing import Any, TypeVar
from urllib.parse import parse_qsl

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from contracts.errors import ContractError
from services.kit.http.problems import Problem, problem_of, reason_of
from services.kit.http.sessions import MOST_FIELDS
from services.kit.web.visitors import CSRF_FIELD, check_csrf

ModelT = TypeVar("ModelT", bound=BaseModel)
LIST_SIZES = (20, 50, 100, 200)
"""Rows of a list that somebody can choose for all pages."""
ROWS_COOKIE = "tallyman_rows"
"""Holds the choice, so that every service knows it without asking."""
_SIZES = frozenset(map(str, LIST_SIZES))
VERBATIM = frozenset({"password", "old", "new", "again"})
"""Passwords: a blank at their end belongs to them."""


class Form:
    """A form as a template shows it: empty at first, with values and errors after it was refused.

    Messages and errors are as the API says them; templates show them as ``said(form.message)``.

    Attributes:
        values: as they were sent; empty ones are left out.
        errors: reason by field.
        message: what is wrong with all of it; empty: nothing.
    """

    def __init__(self, values: dict[str, str] | None = None) -> None:
        self.values = values or {}
        self.errors: dict[str, str] = {}
        self.message = ""
        self.status = 200

    def parse(self, model: type[ModelT]) -> ModelT:
        """Return what was sent as a request body of the API.

        Raises:
            ValidationError: for :meth:`fail`.
        """
        return model.model_validate_strings(self.values)

    def fail(self, error: Exception) -> None:
        """Take the reasons of a refusal, for showing the form again.

        Raises:
            Exception: ``error`` itself, if the caller could not mend it.
        """
        if isinstance(error, ValidationError):
            self.status = 422
            self.errors = {".".join(map(str, e["loc"])): reason_of(e) for e in error.errors()}
            return
        if not isinstance(error, Problem | ContractError):
            raise error
        problem = problem_of(error)
        if problem.status >= 500 or problem.status in (401, 403):
            raise error
        self.status, self.message = problem.status, _without_field(problem)
        self.errors = {field.rpartition(".")[2]: reason for field, reason in problem.errors}


def _without_field(problem: Problem) -> str:
    """Return what happened without the API's name of the field in front: on a page the field is marked, by its own."""
    for field, reason in problem.errors:
        if problem.detail in (f"{field} {reason}", f"{field}: {reason}"):
            return reason
    return problem.detail


Refused = (Problem, ContractError, ValidationError)
"""What :meth:`Form.fail` takes: ``except Refused as error: form.fail(error)``."""


async def sent_form(request: Request) -> Form:
    """Return the form that was sent, once it is known to come from a page of ours.

    Raises:
        Problem: 403 when it does not.
    """
    values = _fields((await request.body()).decode("utf-8", "replace"))
    check_csrf(request, values.pop(CSRF_FIELD, ""))
    return Form(values)


def _fields(text: str) -> dict[str, str]:
    pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    return {
        name: value if name in VERBATIM else value.replace("\r\n", "\n").strip()
        for name, value in pairs
        if value.strip()
    }


def filters(model: type[ModelT]) -> Any:
    """Return the dependency that reads a list's query: fields that a filter bar leaves empty are not asked for.

    A list is as long as its reader likes lists to be, unless its address says otherwise.
    A page is a page, whatever form of file the address names.

    Raises:
        RequestValidationError: as the JSON route of the same list would.
    """

    async def read(request: Request) -> ModelT:
        asked = request.query_params.multi_items()
        pairs = [(name, value) for name, value in asked if value.strip() and name != "format"]
        rows = request.cookies.get(ROWS_COOKIE, "")
        if "limit" in model.model_fields and rows in _SIZES:
            pairs.insert(0, ("limit", rows))
        try:
            return model.model_validate_strings(dict(pairs))
        except ValidationError as error:
            found = [{**e, "loc": ("query", *e["loc"])} for e in error.errors()]
            raise RequestValidationError(found) from error

    return read
