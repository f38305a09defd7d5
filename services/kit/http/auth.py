"""Who is calling, and what they may do: API keys and JWTs, five roles."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from fastapi import Request

Role = Literal["system", "sales", "finance", "manager", "ops"]


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling. ``role`` is "all" only for anonymous callers of a local trial."""

    name: str
    role: Role | Literal["all"]


def require(*roles: Role) -> Callable[..., Principal]:
    """Return a dependency that lets these roles in: ``principal: Annotated[Principal, Depends(require("finance"))]``.

    Without roles anybody known may call. Callers get 401 without valid credentials, 403 in another role.
    """
    raise NotImplementedError


def authenticate(request: Request) -> Principal:
    """Return who is calling.

    Raises:
        Problem: 401, with WWW-Authenticate.
    """
    raise NotImplementedError
