"""The rules against the oracle over streams in which everything that can go wrong does."""

import pytest

from tests.oracle.compare import balances, of_account, of_decisions
from tests.oracle.oracle import Oracle
from tests.services.credit.events import PARTITIONS
from tests.services.credit.memory import Memory
from tests.services.credit.streams import stream


@pytest.mark.parametrize("seed", range(30))
def test_the_rules_come_to_what_the_oracle_says(seed: int) -> None:
    memory, oracle = Memory(), Oracle(PARTITIONS, "CNY")
    for event in stream(seed, 300, customers=2, documents=6, strangers=False):
        decided = {order: list(made) for order, made in oracle.decisions.items()}
        entries = memory.apply(event)
        oracle.apply(event)
        assert {o: of_decisions(made) for o, made in memory.decisions().items()} == oracle.decisions, (
            event,
            entries,
            decided,
        )
        for customer_id, customer in oracle.customers.items():
            expected = balances(customer)
            assert of_account(memory.accounts[customer_id]) == expected, (event, entries)
    assert {refused.received.event.id for refused in memory.refused} == set(oracle.refused)
    assert len(oracle.decisions) > 5
