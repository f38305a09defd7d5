"""What credit finds out about the risk of customers. Topic ``credit``, key ``customer_id``."""

from typing import Annotated, ClassVar

from pydantic import Field

from contracts.events.base import EventData, Part
from contracts.events.terms import RiskClass
from contracts.wire import Amount, Day, Id, SignedAmount

Points = Annotated[int, Field(ge=0, le=100)]
Weight = Annotated[int, Field(ge=0, le=1_000_000)]


class RiskFactor(Part):
    """A factor of the score: its value, the points for it (0 is bad, 100 good), and its weight.

    Values of money are in units of the account's currency, others days, percent or counts, as the risk policy has them.
    """

    name: Id
    value: SignedAmount | None = None
    points: Points
    weight: Weight


class RiskClassChanged(EventData):
    """The risk class that the score gives a customer is another one than was last told: ``worse``, or better.

    It is found in the background, a moment behind the journal, whose entry ``journal_seq`` it reaches. ``factors`` are
    those that cost the most of the 100 points, the worst first. The class that the account was given is another thing:
    see ``terms.risk_class_set``. ``score`` is 0 (bad) to 100.
    """

    TYPE: ClassVar[str] = "credit.risk_class_changed"
    TOPIC: ClassVar[str] = "credit"

    customer_id: Id
    day: Day
    journal_seq: Annotated[int, Field(ge=1)]
    risk_class: RiskClass
    previous_class: RiskClass
    worse: bool
    score: Amount
    policy_version: Annotated[int, Field(ge=1)]
    factors: Annotated[list[RiskFactor], Field(max_length=20)]
