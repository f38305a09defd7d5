"""The four services, by name, found when they are needed."""

import importlib
from typing import TYPE_CHECKING

from deploy.cli.errors import OperatorError

if TYPE_CHECKING:
    from services.kit.runtime import Service

NAMES = ("customers", "orders", "credit", "insights")


def load(name: str) -> "Service":
    """Return the service called ``name``.

    Raises:
        OperatorError: there is none of that name.
    """
    require(name)
    service: Service = importlib.import_module(f"services.{name}.app").service
    return service


def require(name: str) -> None:
    """Raise OperatorError unless ``name`` is a service."""
    if name not in NAMES:
        raise OperatorError(f"there is no service {name!r}", f"There are: {', '.join(NAMES)}.")
