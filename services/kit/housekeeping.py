"""What every service does now and then: measure its dead letters, delete what is past its retention."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.kit.runtime import Runtime


async def measure_dead_letters(runtime: "Runtime") -> None:
    """Keep the gauge of open dead letters true; runs until cancelled."""
    raise NotImplementedError


async def purge_expired(runtime: "Runtime") -> None:
    """Delete published outbox batches and stored answers past their retention; runs until cancelled."""
    raise NotImplementedError
