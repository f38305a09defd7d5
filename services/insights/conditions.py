"""How other parts of insights say that something is, or is not any more, worth an alert.

In the transaction that finds it out (in a derivation, of the customers it derives, with ``deriving=True``)::

    await report(deriving.unit.connection, [
        Reported("class_fell", "C-1001", at=moment, rank=day.toordinal(),
                 facts={"from_class": "A", "to_class": "B", "dimension": "amount"}),
        Reported("order_late", "C-1002", at=moment, rank=day.toordinal(), facts=None),  # it has ordered
    ], deriving=True)

Report what changed and nothing else: what was said stays the case until the opposite is said. Which facts a kind needs,
and from which figures on they are worth an alert, is in ``rules/alerts/kinds.py``; report the figures whether or not
they reach a threshold, because thresholds change. The alert follows within seconds, once per subject.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from contracts.errors import ContractError
from services.insights.rules.alerts.kinds import check_facts
from services.insights.rules.alerts.model import Facts
from services.insights.rules.alerts.signals import FOR_EVER, FOREIGN, ORDER, Signal
from services.insights.store.alerts.signals import write_signals
from services.kit.database import Connection


@dataclass(frozen=True, slots=True)
class Reported:
    """Something about a customer; for kinds about a salesperson or a prospect, ``customer_id`` is theirs.

    Attributes:
        subject: what exactly, such as a product group; the customer itself if left out.
        rank: of several words about one subject the highest holds, for example the day's ordinal.
        at: of two words of one rank the later one holds.
        facts: the figures; None: it is not the case any more. ``owner_id`` and ``documents`` among them say for whom
            it is (the customer's salesperson if left out) and where it can be seen.
        until: the last day on which it can be the case; it ends by itself after that.
    """

    kind: str
    customer_id: str
    at: datetime
    rank: int
    facts: Facts | None
    subject: str = ""
    until: date = FOR_EVER


async def report(connection: Connection, found: Sequence[Reported], *, deriving: bool = False) -> None:
    """Take in what is the case now, and what is not any more, with two statements however many there are.

    Args:
        deriving: a derivation reports about the customers that it derives: alerts, which come last, see it in the same
            transaction. Otherwise those that are reported about are derived soon.

    Raises:
        ContractError: for an unknown kind, or facts that it needs and does not get; nothing is written then.
    """
    for reported in found:
        if reported.kind in (ORDER, FOREIGN):
            raise ContractError("kind", f"{reported.kind!r} is heard from events")
        if reported.facts is not None:
            check_facts(reported.kind, reported.facts)
    signals = [
        Signal(r.kind, r.customer_id, r.subject or r.customer_id, r.rank, r.at, r.facts, r.until)
        for r in found
    ]
    await write_signals(connection, signals)
    if deriving:
        return
    await connection.execute(
        "INSERT INTO stale_customers (customer_id) SELECT * FROM unnest($1::text[])",
        sorted({signal.customer_id for signal in signals}),
    )
