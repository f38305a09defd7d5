"""The credit service without its database: handlers on accounts that all stay in memory."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from contracts.envelope import Event
from services.credit.handlers import HANDLERS
from services.credit.processor import fold
from services.credit.rules.entries import AnyEntry, Decided, decode_entry
from services.credit.rules.policy import Policy
from services.credit.rules.state import Account
from services.credit.working import BROADCAST, Working
from services.kit.records import Refused
from tests.services.credit import events as made

NOTHING = Account("", "")


class Memory:
    """Applies events one by one."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.working = Working(policy or Policy())
        self.days: dict[int, date] = {}
        self.refused: list[Refused] = []

    @property
    def accounts(self) -> dict[str, Account]:
        return self.working.accounts

    def account(self, customer: str = "C-1") -> Account:
        return self.accounts.get(customer, NOTHING)

    def apply(self, *events: Event[Any]) -> list[AnyEntry]:
        """Apply events; return the journal entries they made."""
        return [entry for event in events for entry in self._apply(event)]

    def _apply(self, event: Event[Any]) -> Iterable[AnyEntry]:
        if event.type not in HANDLERS:
            return []
        if event.type in BROADCAST:
            place = event.data.partition
            if event.type == "clock.day_started":
                self.days[place] = max(event.data.day, self.days.get(place, date.min))
        else:
            place = made.partition(event.key)
            self.accounts.setdefault(event.key, Account(event.key, "CNY", money_log=[]))
            self.working.partitions[event.key] = place
        before = len(self.working.journal)
        self.refused += fold(self.working, [made.received(event, self.days.get(place))])
        return [decode_entry(row[6]) for row in self.working.journal[before:]]

    def decisions(self) -> dict[str, list[Decided]]:
        """Every decision, by order."""
        found: dict[str, list[Decided]] = {}
        for entry in self.working.decisions:
            found.setdefault(entry.order, []).append(entry)
        return found
