"""The check of alerts and of who looks after whom agrees with the rules on every kind, and finds what is corrupted."""

from typing import Any

import pytest

from services.insights.conditions import Reported, report
from services.insights.rules.alerts.kinds import KINDS
from services.insights.rules.alerts.thresholds import read_thresholds
from services.insights.store.alerts.settings import add_version
from services.insights.store.staleness import mark_everybody
from services.insights.verify import INVARIANTS, Reconciler, verify
from services.kit.database import Database
from tests.services.insights.alerts.inbox import Inbox, overdue, owes
from tests.services.insights.alerts.test_any_order import HISTORY
from tests.services.insights.alerts.test_prospect_unvisited import prospect
from tests.services.insights.alerts.test_reported import EVERY_KIND, NOON
from tests.services.insights.events import event, tick
from tests.services.insights.processing import Processing

ASSIGNED = [
    event("customer.assigned", customer_id="C-2", salesperson_id="S-2"),
    event("customer.assigned", at=1, customer_id="C-2", salesperson_id="S-3"),
    event("customer.assigned", at=0, customer_id="C-2", salesperson_id="S-1", from_day="2026-03-01"),
]
SETTINGS: list[dict[str, Any]] = [
    {},
    {"off": ["overdue", "order_held"], "prospect_unvisited": {"warning_days": 1, "critical_days": 1}},
    {
        "overdue": {"critical_amount": {"CNY": "85"}, "warning_days": 3},
        "orders": {"critical_amount": {"CNY": "100"}, "critical_level": 3},
        "invoice_due_soon": {"days": 9, "warning_amount": {"CNY": "60"}},
        "limit_nearly_used": {"warning_percent": 10, "critical_percent": 50},
        "order_late": {"warning_percent": 200, "critical_percent": 300},
        "order_gap": {"warning_percent": 51},
        "dormant_valuable": {"value": {}},
        "news": {"decision_days": 0, "bounced_days": 0},
        "prospect_unvisited": {"grades": {"B": {"warning_days": 4, "critical_days": 5}}},
    },
]


@pytest.fixture
async def inbox(processing: Processing, database: Database) -> Inbox:
    return Inbox(processing, database)


async def with_everything(inbox: Inbox) -> Inbox:
    """Every kind that there is, worth an alert and not, a few of them twice."""
    invoices = [
        event(
            "order.invoiced", customer_id="C-4", invoice_id=f"I-{n}", amount="50.00", due_on=f"2026-01-{day}"
        )
        for n, day in enumerate(("12", "13", "14", "20"))
    ]
    people = [prospect("entered"), prospect("graded"), prospect("entered", 1, "P-2", salesperson_id=None)]
    graded = prospect("graded", 1, "P-2", grade="B", visit_days=30)
    owing = [owes(5, "C-4", invoiced="120.00", exposure="450.00"), overdue(6, 3, "90.00", "C-5")]
    bounced = [
        event("payment.received", customer_id="C-6", payment_id="P-9", amount="500", currency="JPY"),
        event("payment.reversed", at=5, customer_id="C-6", payment_id="P-9"),
        event("payment.reversed", at=5, customer_id="C-6", payment_id="P-10"),
    ]
    rejected = event(
        "credit.order_rejected",
        at=3,
        customer_id="C-6",
        order_id="O-6",
        outcome="rejected",
        decision_version=2,
    )
    asked = event(
        "credit.approval_requested",
        approval_id="A-1",
        kind="release",
        requested_by="li.na",
        reason="good",
        order_id="O-1",
    )
    await inbox.processing.apply(
        *HISTORY, *ASSIGNED, *invoices, *people, graded, *owing, *bounced, rejected, asked
    )
    async with inbox.database.unit_of_work() as unit:
        found = [Reported(kind, "C-7", NOON, 1, facts) for kind, facts in EVERY_KIND.items()]
        found[0] = Reported("class_fell", "C-8", NOON, 1, {**EVERY_KIND["class_fell"], "to_class": "C"})
        await report(unit.connection, found[:-2])
        await report(
            unit.connection, [Reported("active_rate_low", "S-1", NOON, 1, EVERY_KIND["active_rate_low"])]
        )
    await inbox.after(tick("2026-01-09"))
    return inbox


async def set_thresholds(inbox: Inbox, version: int, body: Any) -> None:
    async with inbox.database.unit_of_work() as unit:
        thresholds = read_thresholds(body, KINDS)
        await add_version(unit.connection, version, thresholds, reason="", by="boss", at=NOON)
        await mark_everybody(unit.connection)
    await inbox.derive()


async def test_it_agrees_with_the_rules_on_every_kind_and_setting(inbox: Inbox) -> None:
    await with_everything(inbox)
    kinds = set()
    for version, body in enumerate(SETTINGS, start=1):
        await set_thresholds(inbox, version, body)
        for day in ("2026-01-09", "2026-01-12", "2026-01-20", "2026-01-31")[version - 1 :]:
            await inbox.after(tick(day))
            report_ = await verify(inbox.database)
            alerts = [
                p for i in ("alerts", "alert_history", "customer_owners") for p in report_[INVARIANTS[i]]
            ]
            assert alerts == []
        kinds |= {row["kind"] for row in await inbox.rows()}
    assert kinds >= KINDS.keys() - {"order_undecided"}


async def test_what_people_do_is_no_drift(inbox: Inbox) -> None:
    await with_everything(inbox)
    for state, until in (("acknowledged", None), ("snoozed", NOON), ("resolved", None)):
        row = (await inbox.rows("state = 'raised'"))[0]
        await inbox.database.pool.execute(
            """INSERT INTO alert_history
                   (alert_id, version, step, at, by, reason, state, severity, owner_id, owner_role, snoozed_until)
               VALUES ($1, $2, $3, $4, 'boss', '', $3, $5, 'S-7', '', $6)""",
            *(row["alert_id"], row["version"] + 1, state, NOON, row["severity"], until),
        )
        await inbox.database.pool.execute(
            """UPDATE alerts SET state = $2, version = version + 1, changed_at = $3, owner_id = 'S-7', owner_role = '',
                                 assigned = true, snoozed_until = $4 WHERE alert_id = $1""",
            *(row["alert_id"], state, NOON, until),
        )
    assert (await verify(inbox.database)).problems == []


@pytest.mark.parametrize(
    ("tampering", "table", "subject"),
    [
        ("UPDATE alerts SET severity = 'info' WHERE key = 'overdue:C-5'", "alerts", "C-5"),
        ("UPDATE alerts SET owner_id = 'S-9', owner_role = '' WHERE key = 'overdue:C-5'", "alerts", "C-5"),
        ("UPDATE alerts SET state = 'resolved', cause = false WHERE key = 'overdue:C-5'", "alerts", "C-5"),
        ("DELETE FROM alerts WHERE key = 'order_held:C-1:O-1'", "alerts", "C-1"),
        ("DELETE FROM alerts WHERE key = 'odd:2'", "alerts", "C-1"),
        ("UPDATE alerts SET key = 'overdue:C-3' WHERE key = 'overdue:C-5'", "alerts", "C-5"),
        ("UPDATE alerts SET facts = facts || '{\"days\": 4}' WHERE key = 'overdue:C-5'", "alerts", "C-5"),
        (
            "UPDATE alerts SET cause = false, state = 'resolved' WHERE subject_type = 'prospect'",
            "alerts",
            "P-1",
        ),
        ("UPDATE alerts SET severity = 'warning' WHERE subject_type = 'salesperson'", "alerts", "S-1"),
        ("UPDATE alert_signals SET facts = NULL WHERE kind = 'class_fell'", "alerts", "C-8"),
        ("UPDATE receivables SET overdue_days = 60 WHERE customer_id = 'C-5'", "alerts", "C-5"),
        ("UPDATE prospects SET visited_on = '2026-01-06' WHERE prospect_id = 'P-1'", "alerts", "P-1"),
        ("UPDATE alerts SET state = 'acknowledged' WHERE key = 'overdue:C-5'", "alert_history", "C-5"),
        ("UPDATE alerts SET version = version + 1 WHERE key = 'overdue:C-5'", "alert_history", "C-5"),
        (
            "DELETE FROM alert_history USING alerts AS a WHERE a.alert_id = alert_history.alert_id "
            "AND a.key = 'overdue:C-5'",
            "alert_history",
            "C-5",
        ),
        (
            "UPDATE customer_owners SET salesperson_id = 'S-9' WHERE customer_id = 'C-2' AND from_day < '2026-02-01'",
            "customer_owners",
            "C-2",
        ),
        ("DELETE FROM customer_owners WHERE customer_id = 'C-2'", "customer_owners", "C-2"),
        (
            "INSERT INTO customer_owners SELECT customer_id, '2025-01-01', 'S-9', now() FROM customers "
            "WHERE customer_id = 'C-2'",
            "customer_owners",
            "C-2",
        ),
    ],
)
async def test_drift_is_found(inbox: Inbox, tampering: str, table: str, subject: str) -> None:
    await with_everything(inbox)
    assert (await verify(inbox.database)).problems == []
    await inbox.database.pool.execute(
        f"BEGIN; SET LOCAL session_replication_role = replica; {tampering}; COMMIT"
    )
    found = (await verify(inbox.database))[INVARIANTS[table]]
    assert subject in {problem.customer for problem in found}
    reconciler = Reconciler(inbox.database)
    for _ in range(2):
        await reconciler.step()
    assert subject in reconciler.drifted | reconciler.misclassed
