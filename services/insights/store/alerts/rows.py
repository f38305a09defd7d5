"""Alerts and their steps in the tables."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, cast

from services.insights.rules.alerts.model import Alert, Facts, Owner, Step, spelled
from services.kit.database import LIVE_CHANNEL, Connection

NEWS_CHANNEL = "insights_alerts"
"""Notified by every transaction that wrote steps, with nothing but the word to look."""

# Numbers of the history are drawn under this lock, which lasts to the commit: whoever has read up to a number has
# missed nothing below it. Alerts' rows are locked before it, everywhere.
_ORDER_OF_COMMITS = int.from_bytes(b"alerts", "big")

COLUMNS = (
    *("alert_id", "key", "kind", "customer_id", "subject", "subject_type", "occurrence", "state", "severity"),
    *("owner_id", "owner_role", "assigned", "facts", "documents", "snoozed_until", "cause", "origin"),
    *("raised_at", "changed_at", "version"),
)
_LISTED = ", ".join(COLUMNS)

_ALIVE = f"""
SELECT {_LISTED} FROM alerts
WHERE customer_id = ANY($1::text[]) AND (state <> 'resolved' OR cause) ORDER BY alert_id FOR UPDATE
"""  # noqa: S608
_ONE = f"SELECT {_LISTED} FROM alerts WHERE alert_id = $1 FOR UPDATE"  # noqa: S608
_SLEEPERS = f"""
SELECT {_LISTED} FROM alerts WHERE state = 'snoozed' AND snoozed_until <= $1
ORDER BY snoozed_until LIMIT $2 FOR UPDATE SKIP LOCKED
"""  # noqa: S608

# One occurrence after another; the index of keys and occurrences has the highest at its end.
_OCCURRENCES = """
SELECT n.key, (SELECT max(a.occurrence) FROM alerts AS a WHERE a.key = n.key) AS occurrence
FROM unnest($1::text[]) AS n (key)
"""

# As JSON: a row per element, whatever arrays its columns hold.
_TYPED = """
    alert_id text, key text, kind text, customer_id text, subject text, subject_type text, occurrence int,
    state text, severity text, owner_id text, owner_role text, assigned boolean, facts jsonb, documents text[],
    snoozed_until timestamptz, cause boolean, origin text, raised_at timestamptz, changed_at timestamptz, version int
"""
_INSERT = f"""
INSERT INTO alerts ({_LISTED})
SELECT {_LISTED} FROM jsonb_to_recordset($1::jsonb) AS n ({_TYPED}) ORDER BY alert_id
ON CONFLICT DO NOTHING RETURNING alert_id
"""  # noqa: S608
_CHANGING = (
    "state",
    "severity",
    "owner_id",
    "owner_role",
    "assigned",
    "facts",
    "documents",
    "snoozed_until",
    "cause",
)
_UPDATE = f"""
UPDATE alerts AS a SET {", ".join(f"{c} = n.{c}" for c in (*_CHANGING, "changed_at", "version"))}
FROM jsonb_to_recordset($1::jsonb) AS n ({_TYPED}) WHERE a.alert_id = n.alert_id
"""  # noqa: S608

_HISTORY = """
INSERT INTO alert_history
    (alert_id, version, step, at, by, reason, state, severity, owner_id, owner_role, snoozed_until)
SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::text[],
    $8::text[], $9::text[], $10::text[], $11::timestamptz[])
"""


async def lock_alive(connection: Connection, customer_ids: Sequence[str]) -> dict[str, Alert]:
    """Return the alerts of customers that are open or whose cause stands, by key, and lock them."""
    rows = await connection.fetch(_ALIVE, customer_ids)
    return {row["key"]: alert_of(row) for row in rows}


async def lock_one(connection: Connection, alert_id: str) -> Alert | None:
    """Return one alert and lock it; None: there is none."""
    row = await connection.fetchrow(_ONE, alert_id)
    return None if row is None else alert_of(row)


async def lock_sleepers(connection: Connection, at: datetime, most: int) -> list[Alert]:
    """Return snoozed alerts whose time has come, and lock them; those in other hands are left out."""
    return [alert_of(row) for row in await connection.fetch(_SLEEPERS, at, most)]


async def count_occurrences(connection: Connection, keys: Sequence[str]) -> dict[str, int]:
    """Return how often conditions came up so far."""
    if not keys:
        return {}
    return {row["key"]: row["occurrence"] or 0 for row in await connection.fetch(_OCCURRENCES, keys)}


async def write_steps(
    connection: Connection, steps: Sequence[Step], refreshed: Sequence[Alert] = ()
) -> list[Step]:
    """Write what happened to alerts, and wake those who listen. Returns the steps that are news.

    An alert of another service that takes an id or a key that is in use is left out.
    """
    latest = {step.alert.alert_id: step.alert for step in steps} | {
        alert.alert_id: alert for alert in refreshed
    }
    raised = {step.alert.alert_id for step in steps if step.name == "raised"}
    refused: set[str] = set()
    if steps:
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _ORDER_OF_COMMITS)
    # First what ends: an occurrence may begin with its key.
    if changed := [row_of_alert(alert) for alert_id, alert in latest.items() if alert_id not in raised]:
        await connection.execute(_UPDATE, json.dumps(changed))
    if raised:
        rows = await connection.fetch(
            _INSERT, json.dumps([row_of_alert(latest[alert_id]) for alert_id in raised])
        )
        refused = raised - {row["alert_id"] for row in rows}
    written = [step for step in steps if step.alert.alert_id not in refused]
    if written:
        await connection.execute(_HISTORY, *zip(*map(_history_row, written), strict=True))
        await connection.execute(
            "SELECT pg_notify($1, ''), pg_notify($2, 'insights.alerts')", NEWS_CHANNEL, LIVE_CHANNEL
        )
    return written


def alert_of(row: Any) -> Alert:
    """Return a row of ``alerts``."""
    values = {name: row[name] for name in COLUMNS if name not in ("owner_id", "owner_role")}
    role = cast('Literal["sales", "finance", "manager"] | None', row["owner_role"] or None)
    facts = values["facts"]
    return Alert(
        **values
        | {
            "owner": Owner(row["owner_id"], role),
            "facts": cast("Facts", json.loads(facts) if isinstance(facts, str) else facts),
            "documents": tuple(values["documents"]),
        }
    )


def row_of_alert(alert: Alert) -> dict[str, Any]:
    """Return an alert as a row of ``alerts``, in JSON's terms."""
    moments = {name: getattr(alert, name) for name in ("snoozed_until", "raised_at", "changed_at")}
    plain = {
        name: getattr(alert, name) for name in COLUMNS if name not in {*moments, "owner_id", "owner_role"}
    }
    return plain | {
        "owner_id": alert.owner.person,
        "owner_role": alert.owner.role or "",
        "facts": json.loads(spelled(alert.facts)),
        "documents": list(alert.documents),
        **{name: None if moment is None else moment.isoformat() for name, moment in moments.items()},
    }


def _history_row(step: Step) -> tuple[Any, ...]:
    alert = step.alert
    return (
        *(alert.alert_id, alert.version, step.name, step.at, step.by, step.reason),
        *(alert.state, alert.severity, alert.owner.person, alert.owner.role or "", alert.snoozed_until),
    )
