"""What contradicts something already known under the same number."""

from contracts.errors import ContractError


class Conflict(ContractError):
    """Refused because of what is known, not because of how the message is made: the first one stands."""
