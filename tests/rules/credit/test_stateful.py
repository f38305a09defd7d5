"""Whatever happens in whatever order, the account stays right and its journal says how it came to be."""

import copy
from typing import Any

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.credit.rules.entries import Decided
from tests.oracle.compare import balances, of_account, of_decisions
from tests.oracle.oracle import Oracle
from tests.rules.credit import invariants as check
from tests.rules.credit.histories import Calendar, step
from tests.services.credit.events import PARTITIONS
from tests.services.credit.memory import Memory


class OneCustomer(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.memory = Memory()
        self.oracle = Oracle(PARTITIONS, "CNY")
        self.calendar = Calendar()

    @rule(what=step())
    def happens(self, what: tuple[str, dict[str, Any]]) -> None:
        for event in self.calendar.events(*what):
            before = copy.deepcopy(self.memory.accounts.get(check.CUSTOMER))
            entries = self.memory.apply(event)
            self.oracle.apply(event)
            if self.memory.refused and self.memory.refused[-1].received.event.id == event.id:
                assert entries == []
                assert before is None or before == self.memory.account()
            decided = [entry for entry in entries if isinstance(entry, Decided)]
            if decided and decided[-1] is entries[-1]:
                check.check_decision(self.memory.account(), decided[-1])

    @invariant()
    def the_account_is_right(self) -> None:
        account = self.memory.account()
        if account.customer_id:
            check.check_account(account)
            check.check_money(account)
            check.check_overdue(account, self.memory)

    @invariant()
    def the_oracle_agrees(self) -> None:
        for customer_id, customer in self.oracle.customers.items():
            assert of_account(self.memory.accounts[customer_id]) == balances(customer)
        assert {o: of_decisions(made) for o, made in self.memory.decisions().items()} == self.oracle.decisions

    def teardown(self) -> None:
        check.check_journal(self.memory)


TestOneCustomer = OneCustomer.TestCase
TestOneCustomer.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
