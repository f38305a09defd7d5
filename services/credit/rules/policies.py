"""Which version of the policy is in force on a partition: state that changes where its stream says so."""

from dataclasses import dataclass, field
from datetime import date

from services.credit.rules.policy import Policy


@dataclass(frozen=True, slots=True)
class Waiting:
    """A version that comes into force when the day begins; ``at`` is the time of its activation (RFC 3339)."""

    from_day: date
    at: str
    policy: Policy


@dataclass(slots=True)
class PartitionPolicy:
    """The policy of one partition.

    Attributes:
        turns: how many versions have come into force, one after the other.
        known: every version that was activated here, in force or not.
        waiting: those whose day has not begun.
    """

    current: Policy
    turns: int = 0
    known: set[int] = field(default_factory=set)
    waiting: list[Waiting] = field(default_factory=list)

    def activate(self, activated: Waiting) -> bool:
        """Let a version wait for its day; False: it was activated before, and nothing changes."""
        if activated.policy.version in self.known:
            return False
        self.known.add(activated.policy.version)
        self.waiting.append(activated)
        return True

    def take(self, day: date) -> list[Policy]:
        """Bring into force what waits for ``day`` or an earlier one; return it in order, the last one stays."""
        due = sorted(
            (waiting for waiting in self.waiting if waiting.from_day <= day),
            key=lambda waiting: (waiting.from_day, waiting.at, waiting.policy.version),
        )
        if due:
            self.waiting = [waiting for waiting in self.waiting if waiting.from_day > day]
            self.turns += len(due)
            self.current = due[-1].policy
        return [waiting.policy for waiting in due]
