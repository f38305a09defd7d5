"""The fenced consumer on a real broker and a real PostgreSQL; see scenarios.py for what happens in each."""

import asyncio
import re

import pytest
import pytest_asyncio

from deploy.local.tansu import TansuBroker
from services.kit.errors import LogMismatchError
from tests.kit.scenarios import ALICE, BOB, SCENARIOS, Seen


class Scenarios:
    """All scenarios on one kind of broker; the tests of a subclass judge what each left behind."""

    fixture = "tansu_server"

    @pytest_asyncio.fixture(scope="class", loop_scope="class")
    @classmethod
    async def seen(cls, request: pytest.FixtureRequest, lab_url: str) -> dict[str, Seen]:
        broker: TansuBroker = request.getfixturevalue(cls.fixture)
        outcomes = await asyncio.gather(*(s(lab_url, broker) for s in SCENARIOS), return_exceptions=True)
        return {
            scenario.__name__: outcome if isinstance(outcome, Seen) else Seen(facts={"failed": outcome})
            for scenario, outcome in zip(SCENARIOS, outcomes, strict=True)
        }

    @pytest.mark.parametrize("name", [scenario.__name__ for scenario in SCENARIOS])
    def test_ran_to_its_end(self, seen: dict[str, Seen], name: str) -> None:
        failed = seen[name].facts.get("failed")
        if failed is not None:
            raise failed

    def test_catching_up_follows_event_time_across_topics(self, seen: dict[str, Seen]) -> None:
        assert seen["catching_up"].applied == [
            f"{customer}-{n}" for customer in (ALICE, BOB) for n in range(120)
        ]

    def test_waits_for_a_topic_that_has_more(self, seen: dict[str, Seen]) -> None:
        assert seen["sibling_with_more"].applied == [*(f"p{n}" for n in range(600)), "late"]

    def test_does_not_wait_for_an_empty_topic(self, seen: dict[str, Seen]) -> None:
        assert seen["empty_sibling"].applied == ["a"]
        # It includes a producer's start; waiting for the other topic would last for ever.
        assert seen["empty_sibling"].facts["seconds"] < 20

    def test_commits_nothing_to_kafka(self, seen: dict[str, Seen]) -> None:
        assert seen["empty_sibling"].facts["committed"] is None

    def test_bad_records_are_set_aside_and_the_rest_goes_on(self, seen: dict[str, Seen]) -> None:
        poison = seen["poison"]
        assert poison.applied == ["a", "z", "after"]
        assert [field for field, _ in poison.letters] == ["", "", "", "", "", "id", "key", "type"]
        reasons = [reason for _, reason in poison.letters]
        for reason, words in zip(
            reasons,
            [
                "empty",
                "empty",
                "JSON",
                "JSON|unicode",
                "LookupError",
                "another body",
                "belongs on",
                "travel on",
            ],
            strict=True,
        ):
            assert re.search(words, reason), reason

    def test_a_log_that_lost_its_tail_stops_it(self, seen: dict[str, Seen]) -> None:
        error = seen["lost_tail"].error
        assert isinstance(error, LogMismatchError)
        assert "orders-0 ends at 1, but" in str(error)
        assert "everything below 5: the log lost a part or was made anew. Nothing was skipped." in str(error)
        assert seen["lost_tail"].applied == []

    def test_another_record_at_the_stored_place_stops_it(self, seen: dict[str, Seen]) -> None:
        error = seen["other_record"].error
        assert isinstance(error, LogMismatchError)
        assert "orders-0 holds another record at offset 0 than the one" in str(error)
        assert seen["other_record"].applied == []

    def test_goes_on_where_it_was(self, seen: dict[str, Seen]) -> None:
        assert seen["going_on"].applied == ["a", "b", "c"]
        assert seen["going_on"].facts == {"first": 2, "second": 1}

    def test_a_log_never_met_is_read_from_zero_and_nothing_is_applied_twice(
        self, seen: dict[str, Seen]
    ) -> None:
        assert (seen["new_log"].applied, seen["new_log"].letters) == (["a", "b", "c"], [])
        assert seen["new_log"].facts == {"offsets": [2, 3], "swept": 2}

    def test_offsets_moved_by_another_owner_are_followed(self, seen: dict[str, Seen]) -> None:
        assert seen["offsets_moved"].applied == ["a", "d"]

    def test_a_rebalance_in_mid_stream_loses_and_repeats_nothing(self, seen: dict[str, Seen]) -> None:
        members = seen["two_members"]
        sent = members.facts["sent"]
        assert members.applied == [f"{customer}-{n}" for customer in (ALICE, BOB) for n in range(sent)]
        assert members.letters == []


class TestOnTansu(Scenarios):
    pass


@pytest.mark.kafka
class TestOnKafka(Scenarios):
    fixture = "apache_kafka_server"
