"""The errors of the contract: a field and the reason it was refused."""

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from contracts.wire import EXPECTATIONS


class ContractError(ValueError):
    """A message that breaks the contract.

    Attributes:
        field: dotted path of the offending field, ``""`` when the message as a whole is at fault.
        reason: what is wrong, in words for the person who sent it.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field = field
        self.reason = reason


class Conflict(ContractError):
    """Refused because of what is known, not because of how the message is made: the first one stands."""


def refusal(error: ValidationError) -> ContractError:
    """Say pydantic's first finding in our words: the dotted field, what was expected and what was given."""
    first = error.errors(include_url=False)[0]
    path = ".".join(str(part) for part in first["loc"])
    if first["type"] == "missing":
        return ContractError(path, "is required")
    given = repr(first["input"])
    return ContractError(
        path, f"{_reason(first)} (given: {given if len(given) <= 80 else given[:77] + '...'})"
    )


def _reason(first: ErrorDetails) -> str:
    if first["type"] == "string_pattern_mismatch":
        pattern = first["ctx"]["pattern"]
        return "must be " + EXPECTATIONS.get(pattern, f"text matching {pattern}")
    if first["type"] == "string_type":
        return "must be a string, in quotes"
    return first["msg"]
