"""Life as it comes: some documents at once, some late, some twice; in the end the books are the right ones."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from contracts.envelope import Event
from tests.rules.credit import invariants as check
from tests.rules.credit import late
from tests.services.credit.memory import Memory

ANYTHING = late.step(*late.OF_ORDERS, *late.OF_MONEY, *late.SET)


class LateOrNot(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.history = late.History()
        self.memory = self.history.opened()
        self.waiting: list[Event[Any]] = []
        self.known: list[Event[Any]] = []

    @initialize(on_hold=st.booleans())
    def opens(self, on_hold: bool) -> None:
        self.history = late.History(on_hold=on_hold)
        self.memory = self.history.opened()

    def _comes(self, one: Event[Any]) -> None:
        self.known.append(one)
        self.waiting += late.deliver(self.memory, [one])

    @rule(what=ANYTHING)
    def happens_and_comes(self, what: late.Step) -> None:
        for one in self.history.happens(*what):
            self._comes(one)

    @rule(what=ANYTHING)
    def happens_and_waits(self, what: late.Step) -> None:
        for one in self.history.happens(*what):
            if one.type in late.IN_PLACE:
                self._comes(one)
            else:
                self.waiting.append(one)

    @precondition(lambda self: self.waiting)
    @rule(which=st.integers(0, 1_000))
    def comes_late(self, which: int) -> None:
        self._comes(self.waiting.pop(which % len(self.waiting)))

    @precondition(lambda self: self.known)
    @rule(which=st.integers(0, 1_000))
    def comes_again(self, which: int) -> None:
        late.deliver(self.memory, [self.known[which % len(self.known)]])

    @invariant()
    def the_account_is_right(self) -> None:
        check.check_account(self.memory.account())
        check.check_money(self.memory.account())

    @invariant()
    def what_has_all_come_is_as_if_it_had_come_in_time(self) -> None:
        if not self.waiting:
            assert self._books(self.memory) == self._books(self.history.in_time)

    def teardown(self) -> None:
        late.deliver_and_retry(self.memory, self.waiting)
        assert self._books(self.memory) == self._books(self.history.in_time)
        check.check_journal(self.memory)

    def _books(self, memory: Memory) -> str:
        days = any(one.type == "clock.day_started" for one in self.history.events)
        return late.books(memory, booked=not days)


TestLateOrNot = LateOrNot.TestCase
TestLateOrNot.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
