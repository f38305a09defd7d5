"""What a rule may know besides the account: the event's identity and time, the business day and the policy."""

from dataclasses import dataclass
from datetime import date

from services.credit.rules.policy import Policy


@dataclass(frozen=True, slots=True)
class Context:
    """The circumstances of one event.

    Attributes:
        event: producer and id of the event, as journalled.
        at: its own time (RFC 3339).
        day: the business day its partition has reached.
    """

    event: str
    at: str
    day: date
    policy: Policy
