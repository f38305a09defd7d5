"""The one error of the contract: a field and the reason it was refused."""


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
