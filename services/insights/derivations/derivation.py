"""What a derivation gets and gives."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from services.kit.database import UnitOfWork


@dataclass(frozen=True, slots=True)
class Deriving:
    """Customers to derive something of, in a transaction that is committed when all derivations are done.

    No other replica derives the same customers meanwhile; batches go on changing facts, and whoever they change is
    derived once more.

    Attributes:
        unit: to read and write set-based through its connection, and to publish.
        day: it is for the company; never that of the machine.
        customer_ids: in order, each once; a customer may have nothing but a card, or not even that.
    """

    unit: UnitOfWork
    day: date
    customer_ids: Sequence[str]


Derivation: TypeAlias = Callable[[Deriving], Awaitable[Mapping[str, date]]]
"""Writes what follows from the facts of these customers as of the day.

It returns for a customer the first day, after this one, on which something may differ because time passed, however
little happens; customers of whom nothing will are left out.
"""
