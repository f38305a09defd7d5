"""The credit policy: which rules apply with which thresholds where a customer has none of its own."""

from dataclasses import dataclass, field
from typing import Literal

from services.credit.rules.desk import Desk
from services.credit.rules.state import Thresholds

ReleaseOrder = Literal["oldest", "smallest", "promised"]


@dataclass(frozen=True, slots=True)
class Policy:
    """A version of the company's policy. Amounts in minor units of the account's currency.

    Attributes:
        thresholds: how much may be overdue.
        single_order_max: the largest single order; None: no limit.
        release_order: in which order held orders are decided again when room appears.
        switched_off: names of rules that are not applied.
        desk: how people work on held orders.
    """

    version: int = 1
    thresholds: Thresholds = field(default_factory=lambda: Thresholds(None, 30, None))
    single_order_max: int | None = None
    release_order: ReleaseOrder = "oldest"
    switched_off: frozenset[str] = frozenset()
    desk: Desk = field(default_factory=Desk)
