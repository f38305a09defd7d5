"""The state of order days: any order of arrival, late days and cancelled ones end where the days themselves would."""

from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.insights.forecasting import (
    RebuildNeeded,
    State,
    arrays_of,
    fold,
    histories_of,
    remove,
    revise,
    state_of,
    states_at,
)
from services.insights.forecasting.state import RING

order_days = st.dictionaries(st.integers(700_000, 700_800), st.integers(0, 10**7), min_size=1, max_size=40)


def close(one: State | None, other: State | None) -> None:
    assert one is not None
    assert other is not None
    for mine, theirs in zip(astuple(one)[:-2], astuple(other)[:-2], strict=True):
        assert mine == pytest.approx(theirs, rel=1e-9, abs=1e-7)


@given(order_days, st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_any_order_of_arrival_within_the_ring(days: dict[int, int], chance: object) -> None:
    shuffled = list(days.items())[:RING]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    state = None
    for day, amount in shuffled:
        state = fold(state, day, amount)
    built = state_of(shuffled)
    close(state, built)
    assert state is not None
    assert built is not None
    assert state.ring == built.ring
    assert not state.approximate


@given(order_days, st.data())
@settings(max_examples=200, deadline=None)
def test_a_day_late_or_cancelled_among_the_last_ones_is_exact(
    days: dict[int, int], data: st.DataObject
) -> None:
    known = sorted(days)[-(RING - 1) :]
    day = data.draw(st.sampled_from(known))
    without = {d: a for d, a in days.items() if d != day}
    if not without:
        assert remove(fold(None, day, days[day]), day, days[day]) is None
        return
    whole, rest = state_of(days.items()), state_of(without.items())
    assert whole is not None
    assert rest is not None
    close(fold(rest, day, days[day]), whole)
    close(remove(whole, day, days[day]), rest)


def test_beyond_the_ring_counts_and_amounts_are_exact_and_the_gaps_say_that_they_are_not() -> None:
    days = {700_000 + 10 * number: 100 + number for number in range(40)}
    state = state_of(days.items())
    assert state is not None
    for old in (700_000, 700_050):
        left = remove(state, old, days[old])
        built = state_of((day, amount) for day, amount in days.items() if day != old)
        assert left is not None
        assert built is not None
        assert left.approximate
        assert (left.days, left.last, left.amount) == (built.days, built.last, built.amount)
        assert left.fast == pytest.approx(built.fast)
        assert left.slow == pytest.approx(built.slow)
        assert left.log_gaps == pytest.approx(built.log_gaps, abs=1.0)
    late = fold(state, 700_055, 5)
    assert late.approximate
    assert late.days == 41
    assert late.ring == state.ring
    # Before everything, the neighbour is the first day: nothing is guessed.
    earliest = fold(state, 699_990, 5)
    assert not earliest.approximate
    close(earliest, state_of([*days.items(), (699_990, 5)]))


def test_a_used_up_ring_asks_for_the_order_days() -> None:
    state = state_of((700_000 + 10 * number, 1) for number in range(40))
    for number in range(39, 40 - RING, -1):
        assert state is not None
        state = remove(state, 700_000 + 10 * number, 1)
    assert state is not None
    assert len(state.ring) == 1
    with pytest.raises(RebuildNeeded):
        remove(state, state.last, 1)


def test_a_known_day_is_revised_not_added() -> None:
    state = fold(None, 700_000, 500)
    with pytest.raises(ValueError, match="revise"):
        fold(state, 700_000, 300)
    close(revise(state, 500, 800), fold(None, 700_000, 800))


@given(st.lists(order_days, min_size=1, max_size=5), st.integers(700_000, 700_900))
@settings(max_examples=100, deadline=None)
def test_arrays_from_histories_equal_states_folded_one_by_one(
    customers: list[dict[int, int]], day: int
) -> None:
    rows = [(number, d, a) for number, days in enumerate(customers) for d, a in days.items()]
    found, arrays = states_at(histories_of(rows), day)
    states = [
        state
        for days in customers
        if (state := state_of((d, a) for d, a in days.items() if d <= day)) is not None
    ]
    assert len(found) == len(states)
    expected = arrays_of(states)
    for name in (
        "days",
        "first",
        "last",
        "log_gaps",
        "log_gaps_squared",
        "fast",
        "slow",
        "amount",
        "log_amounts",
    ):
        np.testing.assert_allclose(getattr(arrays, name), getattr(expected, name), atol=1e-9)
