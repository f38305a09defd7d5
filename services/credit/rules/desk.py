"""The desk of finance: until when a held order must be ruled on, and how far a person's approval reaches."""

from dataclasses import dataclass
from datetime import date, timedelta
from unicodedata import normalize

from contracts.events.policies import DeskRules

SATURDAY, SUNDAY = 6, 7
LONGEST_REST = 366


@dataclass(frozen=True, slots=True)
class Desk:
    """The part of the policy that says how people work on held orders.

    Attributes:
        deadline_days: working days after the day an order was held on, until the end of which it must be ruled on;
            None: held orders have no deadline.
        rest_days: days of the week that are not worked on, 1 (Monday) to 7.
        holidays: further days that are not worked on.
        escalations: how often a held order escalates; each time it gets a new deadline, as long again.
        growth_percent, growth_days: an order released by hand may grow by so many percent of what was released, and
            for so many days after, without being checked again. Both 0: any growth is checked.
        limit_raise_percent: a temporary limit that raises the ordinary one by more needs a second person; None: any
            raise may be granted by one person, within their ceiling.
    """

    deadline_days: int | None = 2
    rest_days: frozenset[int] = frozenset({SATURDAY, SUNDAY})
    holidays: frozenset[date] = frozenset()
    escalations: int = 1
    growth_percent: int = 0
    growth_days: int = 0
    limit_raise_percent: int | None = None

    def deadline(self, day: date) -> date | None:
        """Return the last day for a ruling on an order that is held, or escalates, on ``day``."""
        if self.deadline_days is None:
            return None
        left, due = self.deadline_days, day
        # A calendar in which no day is worked on must not go on for ever.
        for _ in range(LONGEST_REST + left * 7):
            if left == 0:
                break
            due += timedelta(days=1)
            left -= self.works_on(due)
        return due

    def works_on(self, day: date) -> bool:
        """Return whether a day is worked on."""
        return day.isoweekday() not in self.rest_days and day not in self.holidays

    def tolerates(self, released: int, released_on: date, amount: int, day: date) -> bool:
        """Return whether a person's release of an order still holds now that it amounts to ``amount``."""
        if not (self.growth_percent or self.growth_days):
            return False
        in_time = day <= released_on + timedelta(days=self.growth_days)
        return in_time and amount * 100 <= released * (100 + self.growth_percent)

    def needs_second(self, limit: int | None, ordinary: int | None) -> bool:
        """Return whether a temporary limit raises the ordinary one by more than one person may grant."""
        if self.limit_raise_percent is None or ordinary is None:
            return False
        return limit is None or limit * 100 > ordinary * (100 + self.limit_raise_percent)


def desk_of(rules: DeskRules | None) -> Desk:
    """Read the desk's part of a policy; what is left out takes its default."""
    if rules is None:
        return Desk()
    return Desk(
        deadline_days=rules.deadline_days,
        rest_days=Desk().rest_days if rules.rest_days is None else frozenset(rules.rest_days),
        holidays=frozenset(rules.holidays),
        escalations=rules.escalations,
        growth_percent=rules.growth_percent,
        growth_days=rules.growth_days,
        limit_raise_percent=rules.limit_raise_percent,
    )


def same_person(one: str, other: str) -> bool:
    """Return whether two names are those of one person: case, width and spaces aside."""
    return normal_name(one) == normal_name(other)


def normal_name(name: str) -> str:
    """Return a name in the spelling in which names are compared."""
    return " ".join(normalize("NFKC", name).casefold().split())
