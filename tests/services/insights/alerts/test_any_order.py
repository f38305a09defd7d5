"""In whatever order, batches and number events arrive, and whenever alerts are derived: the same ones are open."""

from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.envelope import Event
from services.kit.database import Database
from tests.services.insights.alerts.inbox import Inbox, overdue, owes
from tests.services.insights.events import event, tick
from tests.services.insights.processing import Processing, empty

HISTORY: list[Event[Any]] = [
    event("customer.assigned"),
    event("order.placed"),
    event("order.placed", order_id="O-2"),
    event("order.placed", order_id="O-3", customer_id="C-2"),
    event("credit.order_held", at=0.1, outcome="held"),
    event("credit.order_held", at=0.1, order_id="O-2", outcome="held"),
    event("credit.order_held", at=0.1, order_id="O-3", outcome="held", customer_id="C-2"),
    event("credit.order_escalated", at=1, level=1, journal_seq=5, missed="2026-01-05"),
    event("credit.order_escalated", at=2, level=2, journal_seq=6, missed="2026-01-06"),
    event("credit.order_released", at=2, order_id="O-2", decision_version=2),
    event("order.cancelled", at=2, order_id="O-3", customer_id="C-2"),
    event("payment.received", amount="80.00"),
    event("payment.reversed", at=1),
    overdue(1, 5),
    overdue(2, 40, "90.00"),
    overdue(3, 2, customer_id="C-2"),
    owes(4, "C-2"),
    event("order.invoiced", due_on="2026-01-08", customer_id="C-2"),
    event("alert.raised", alert_id="X-1", dedup_key="odd:1", kind="odd", severity="info", title="T"),
    event("alert.raised", alert_id="X-2", dedup_key="odd:2", kind="odd", severity="info", title="T"),
    event("alert.resolved", at=1, alert_id="X-1"),
]
EXPECTED = {
    "order_held:C-1:O-1": "warning",
    "order_escalated:C-1:O-1": "critical",
    "order_released:C-1:O-2": "info",
    "payment_bounced:C-1:P-1": "critical",
    "overdue:C-1": "critical",
    "odd:2": "info",
}


@st.composite
def arrivals(draw: st.DrawFn) -> list[list[Event[Any]]]:
    events = draw(st.permutations(HISTORY + draw(st.lists(st.sampled_from(HISTORY), max_size=6))))
    cuts = sorted(draw(st.sets(st.integers(1, len(events)), max_size=5)))
    return [events[a:b] for a, b in zip([0, *cuts], [*cuts, len(events)], strict=True)]


async def processed(database: Database, batches: Sequence[Sequence[Event[Any]]]) -> Inbox:
    await empty(database)
    inbox = Inbox(await Processing.on(database), database)
    await inbox.processing.apply(tick("2026-01-06"))
    for batch in batches:
        await inbox.after(*batch)
    return inbox


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(batches=arrivals())
async def test_the_same_alerts_are_open(database: Database, batches: list[list[Event[Any]]]) -> None:
    inbox = await processed(database, batches)
    found = await inbox.rows("state <> 'resolved'")
    assert {row["key"]: row["severity"] for row in found} == EXPECTED
    facts = {row["key"]: row["facts"] for row in found}
    assert facts["overdue:C-1"]["amount"] == "90.00"
    assert facts["payment_bounced:C-1:P-1"]["amount"] == "80.00"
    assert {row["owner_id"] for row in found} == {"S-1", ""}
    # Every alert has told the topic each of its steps once, and once only that it was raised.
    steps = await inbox.steps()
    raised = [e.data.dedup_key for e in await inbox.told() if e.type == "alert.raised"]
    assert len(raised) == steps.count("raised") - sum(
        row["origin"] != "insights" for row in await inbox.rows()
    )


async def test_deriving_everybody_again_changes_nothing(database: Database) -> None:
    inbox = await processed(database, [HISTORY])
    steps, told = await inbox.steps(), len(await inbox.told())
    await database.pool.execute(
        "INSERT INTO stale_customers (customer_id) SELECT customer_id FROM customers" + " "
    )
    await inbox.derive()
    assert (await inbox.steps(), len(await inbox.told())) == (steps, told)
