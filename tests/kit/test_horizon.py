"""A record waits until each topic is read to the end its own fetch was told, under whatever load."""

from aiokafka import TopicPartition

from services.kit.horizon import Horizon

ORDERS, PAYMENTS = TopicPartition("orders", 3), TopicPartition("payments", 3)


def horizon() -> Horizon:
    return Horizon({"orders": 0, "payments": 1})


def test_a_topic_read_to_its_end_has_reached_the_fetch() -> None:
    seen = horizon()
    seen.note(1, {ORDERS: 5, PAYMENTS: 0}, {ORDERS: 5, PAYMENTS: 0})
    assert seen.reached == {3: {0: 1, 1: 1}}


def test_an_end_that_runs_ahead_does_not_hold_back_what_was_fetched_before_it() -> None:
    seen = horizon()
    seen.note(1, {ORDERS: 5, PAYMENTS: 2}, {ORDERS: 5, PAYMENTS: 0})
    assert seen.reached == {3: {0: 1}}, "two payments are on the broker, and not here"
    seen.note(2, {ORDERS: 9, PAYMENTS: 4}, {ORDERS: 9, PAYMENTS: 2})
    assert seen.reached == {3: {0: 2, 1: 1}}, (
        "they are here now; the two after them hold back only the second fetch"
    )
    seen.note(3, {ORDERS: 9, PAYMENTS: 4}, {ORDERS: 9, PAYMENTS: 4})
    assert seen.reached == {3: {0: 3, 1: 3}}


def test_an_end_that_stands_still_is_noted_once() -> None:
    seen = horizon()
    for fetch in range(1, 1_000):
        seen.note(fetch, {ORDERS: 7}, {ORDERS: 0})
    assert len(seen._awaited[ORDERS]) == 1
    assert seen.reached == {}
    seen.note(1_000, {ORDERS: 7}, {ORDERS: 7})
    assert seen.reached == {3: {0: 1_000}}


def test_a_new_assignment_begins_with_nothing_reached() -> None:
    seen = horizon()
    seen.note(1, {ORDERS: 5}, {ORDERS: 5})
    seen.clear()
    assert seen.reached == {}
