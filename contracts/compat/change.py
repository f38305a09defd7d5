"""One difference between two versions of the contract, and what it means for a roll-out."""

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """What to do about a change; the value is how the command heads its list."""

    BREAKING = "BREAKING: do it as a new event type, field or topic next to the old one"
    CONSUMERS_FIRST = "Consumers first: deploy what reads these, then what writes them"
    PRODUCERS_FIRST = "Producers first: deploy what writes these, then what reads them"
    ANY_ORDER = "In any order"


@dataclass(frozen=True, slots=True)
class Change:
    """A difference.

    Attributes:
        where: such as ``order.placed data.lines[].amount`` or ``topic orders``.
        what: what is different.
        why: what that does to producers, consumers or retained history.
    """

    verdict: Verdict
    where: str
    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}: {self.why}"


HISTORY = "events kept on the topic, or sent by producers not yet changed, would be refused"
OLD_CONSUMERS = "consumers not yet changed would dead-letter it"


def narrower(where: str, what: str) -> Change:
    """Something that was accepted no longer is."""
    return Change(Verdict.BREAKING, where, what, HISTORY)


def wider(where: str, what: str) -> Change:
    """Something new is accepted."""
    return Change(Verdict.CONSUMERS_FIRST, where, what, OLD_CONSUMERS)
