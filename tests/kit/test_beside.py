"""Work beside the stream takes its share of the time, survives what passes, and never rests for long."""

import asyncio

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.beside import LONGEST_PAUSE_S, keep_doing, pause_s


@given(elapsed_s=st.floats(0, 1), share=st.floats(0.2, 1))
def test_steps_take_at_most_their_share(elapsed_s: float, share: float) -> None:
    pause = pause_s(elapsed_s, share, least_s=0.0)
    assert elapsed_s <= share * (elapsed_s + pause) * (1 + 1e-9)


def test_a_step_that_was_held_up_is_followed_by_the_next_one_soon() -> None:
    assert pause_s(600.0, 0.1, least_s=2.0) == LONGEST_PAUSE_S
    assert pause_s(600.0, 0.02, least_s=5.0, longest_s=60.0) == 60.0
    assert pause_s(0.0, 0.1, least_s=2.0) == 2.0


async def test_what_fails_in_passing_is_tried_again() -> None:
    tried: list[int] = []

    async def step() -> int:
        tried.append(len(tried))
        if len(tried) == 1:
            raise asyncpg.DeadlockDetectedError
        if len(tried) == 3:
            raise LookupError("a mistake in the code is not hidden")
        return 1

    with pytest.raises(LookupError):
        await asyncio.wait_for(keep_doing("credit", "a test", step, share=1.0, idle_s=0.0), 10)
    assert tried == [0, 1, 2]
