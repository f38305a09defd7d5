"""The usual way a service applies a batch: load what it touches, hand each event to its handler, save."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

from contracts.errors import ContractError
from services.kit.database import Connection, UnitOfWork
from services.kit.records import Received, Refused

WorkingT = TypeVar("WorkingT")

Handler = Callable[[WorkingT, Received], None]
"""Applies one event to the working set. It must raise ContractError before it changes anything, or not at all."""


class TableProcessor(Generic[WorkingT]):
    """Folds a batch through a table of handlers.

    Args:
        handlers: event type to handler; events of other types on the consumed topics are passed over.
        load: reads everything the events touch with set-based statements, locking rows in key order.
        save: writes the working set back with set-based statements and fills the outbox.
    """

    def __init__(
        self,
        handlers: Mapping[str, Handler[WorkingT]],
        load: Callable[[Connection, Sequence[Received]], Awaitable[WorkingT]],
        save: Callable[[UnitOfWork, WorkingT], Awaitable[None]],
    ) -> None:
        self._handlers = handlers
        self._load = load
        self._save = save

    async def apply(self, unit: UnitOfWork, events: Sequence[Received]) -> list[Refused]:
        """Apply ``events`` in order and return those that a handler refused."""
        handlers = self._handlers
        mine = [received for received in events if received.event.type in handlers]
        if not mine:
            return []
        working = await self._load(unit.connection, mine)
        refused: list[Refused] = []
        for received in mine:
            try:
                handlers[received.event.type](working, received)
            except ContractError as error:
                refused.append(Refused(received, error))
        await self._save(unit, working)
        return refused

    def rolled_back(self) -> None:
        """Nothing is kept between batches."""

    def committed(self, events: Sequence[Received]) -> None:
        """Nothing is kept between batches."""
