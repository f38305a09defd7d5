"""Tests wait for conditions; they never sleep a guess."""

import asyncio
import time
from collections.abc import Awaitable, Callable

TIMEOUT_S = 60.0


async def until(
    true: Callable[[], Awaitable[bool]], timeout_s: float = TIMEOUT_S, *, every_s: float = 0.02
) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + timeout_s
    while not await true():
        assert time.monotonic() < deadline, f"it did not become true within {timeout_s:g} s"
        await asyncio.sleep(every_s)
