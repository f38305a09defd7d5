"""What a rule may know besides the account: the event's identity and time, the business day and the policy."""

from datetime import date

import msgspec

from services.credit.rules.policy import Policy


class Context(msgspec.Struct, frozen=True, gc=False):
    """The circumstances of one event (a struct, because every event makes one).

    Attributes:
        event: producer and id of the event, as journalled.
        at: its own time (RFC 3339).
        day: the business day its partition has reached.
    """

    event: str
    at: str
    day: date
    policy: Policy
