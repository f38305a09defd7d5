"""Every error as problem+json (RFC 9457)."""

from collections.abc import Mapping, Sequence

from fastapi import FastAPI


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


def install_problems(app: FastAPI) -> None:
    """Make ``app`` answer every error as problem+json. A ``ContractError`` becomes 422."""
    raise NotImplementedError
