"""How the credit service applies a batch, and where its receipts are."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from contracts.errors import ContractError
from services.credit.handlers import HANDLERS
from services.credit.store import Ledger, save
from services.credit.working import BROADCAST, Working
from services.kit import metrics
from services.kit.database import UnitOfWork
from services.kit.owners import assignments_of, keep_owners
from services.kit.records import Received, Refused


class JournalReceipts:
    """Receipts are the journal's own event keys: what is journalled has been applied."""

    async def known(self, connection: "asyncpg.Connection[Any]", keys: list[bytes]) -> dict[bytes, bytes]:
        """Return the digests of those ``keys`` that are in the journal."""
        found = await connection.fetch(
            "SELECT event_key, digest FROM journal WHERE event_key = ANY($1::bytea[])", keys
        )
        return {row["event_key"]: row["digest"] for row in found}

    async def write(self, connection: "asyncpg.Connection[Any]", applied: Sequence[Received]) -> None:
        """Nothing to do: the journal rows carry the receipts."""


class CreditProcessor:
    """Folds a batch through the handlers, keeping accounts in memory between batches."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._working: Working | None = None
        self._named: set[str] = set()

    async def apply(self, unit: UnitOfWork, events: Sequence[Received]) -> list[Refused]:
        """Apply ``events`` in order and return those that a rule refused."""
        await keep_owners(unit.connection, assignments_of(events))
        mine = [received for received in events if received.event.type in HANDLERS]
        if not mine:
            return []
        self._named = {r.event.data.customer_id for r in mine if r.event.type not in BROADCAST}
        self._working = working = await self._ledger.load(unit.connection, mine)
        refused = fold(working, mine)
        await save(unit, working)
        return refused

    def rolled_back(self) -> None:
        """Drop the copies of accounts the rolled back transaction has changed."""
        self._ledger.forget(self._named)
        if self._working is not None:
            self._ledger.forget(set(self._working.accounts))
            self._working = None

    def committed(self, events: Sequence[Received]) -> None:
        """Count the decisions, and let go of closed documents."""
        working, self._working = self._working, None
        if working is None:
            return
        self._ledger.settle(working)
        count_decisions(working)


def fold(working: Working, events: Sequence[Received]) -> list[Refused]:
    """Hand each event to its handler; return those that were refused."""
    refused: list[Refused] = []
    for received in events:
        try:
            HANDLERS[received.event.type](working, received)
        except ContractError as error:
            refused.append(Refused(received, error))
    return refused


def count_decisions(working: Working) -> None:
    """Count decisions by outcome and failing rule."""
    outcomes: dict[str, int] = {}
    rules: dict[str, int] = {}
    for decision in working.decisions:
        outcomes[decision.outcome] = outcomes.get(decision.outcome, 0) + 1
        for reason in decision.reasons:
            rules[reason.rule] = rules.get(reason.rule, 0) + 1
    for outcome, count in outcomes.items():
        metrics.DECISIONS.labels(outcome).inc(count)
    for rule, count in rules.items():
        metrics.RULE_FAILURES.labels(rule).inc(count)
