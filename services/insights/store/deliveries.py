"""What is to be sent: noted with the steps it tells of, taken by one process at a time, and marked when it is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.insights.delivery.channels import Address
from services.insights.delivery.sending import Result
from services.insights.rules.alerts.model import RANK, Step
from services.insights.rules.delivery import MOST_ATTEMPTS, REST_S, Line, Notice, Recipient, backoff_s
from services.insights.store.alerts.names import NAME_OF
from services.insights.store.alerts.rows import alert_of
from services.insights.wording import read
from services.kit.database import Connection

LEASE = timedelta(seconds=90)
"""How long a process has a channel for itself: longer than any attempt takes. One that dies is waited for so long."""
MOST_NOTICES = 50_000

_NOTE = """
INSERT INTO deliveries
    (channel_id, alert_id, version, severity, state, created_at, not_before, attempts, last_error, message)
SELECT c.channel_id, n.alert_id, n.version, n.severity, 'pending', n.at, n.at, 0, '', ''
FROM unnest($1::text[], $2::int[], $3::text[], $4::int[], $5::text[], $6::text[], $7::timestamptz[])
    AS n (alert_id, version, severity, rank, scope, name, at)
JOIN channels AS c ON c.scope = n.scope AND c.name = n.name AND c.active AND c.enabled AND c.min_rank <= n.rank
ON CONFLICT DO NOTHING
"""

_CLAIM = """
WITH due AS (
    SELECT channel_id FROM channels AS c
    WHERE active AND enabled AND claimed_until <= $1 AND paused_until <= $1 AND EXISTS (
        SELECT FROM deliveries AS d
        WHERE d.channel_id = c.channel_id AND d.state = 'pending' AND d.not_before <= $1)
    ORDER BY channel_id LIMIT $2 FOR UPDATE SKIP LOCKED
)
UPDATE channels AS c SET claimed_until = $3, claim = c.claim + 1
FROM due JOIN channels AS k USING (channel_id) JOIN recipients AS r ON r.scope = k.scope AND r.name = k.name
WHERE c.channel_id = due.channel_id
RETURNING c.channel_id, c.kind, c.address, c.secret, c.failures, c.claim, r.language, r.timezone, r.quiet_from,
    r.quiet_until, r.breaks_through, r.digest_minutes, r.digest_count
"""

_LINES = f"""
SELECT a.*, {NAME_OF} AS customer_name FROM alerts AS a WHERE a.alert_id = ANY($1::text[])
"""  # noqa: S608

_SENT = """
UPDATE deliveries SET state = 'sent', done_at = $2, message = $3, attempts = attempts + 1
WHERE delivery_id = ANY($1::bigint[]) AND state = 'pending'
"""
_NOT_SENT = """
UPDATE deliveries SET attempts = attempts + 1, last_error = $3,
    state = CASE WHEN attempts + 1 >= $4 THEN 'failed' ELSE 'pending' END,
    done_at = CASE WHEN attempts + 1 >= $4 THEN $2::timestamptz END
WHERE delivery_id = ANY($1::bigint[]) AND state = 'pending' RETURNING state
"""
# Only by whom the lease is: it may have run out, and somebody else may have the channel.
_RELEASE = """
UPDATE channels SET claimed_until = '-infinity', failures = $3, paused_until = $4 WHERE channel_id = $1 AND claim = $2
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A channel that this process has for itself for a while. Its text form shows no address."""

    channel_id: str
    address: Address
    recipient: Recipient
    failures: int
    claim: int

    def __repr__(self) -> str:
        return f"Claimed({self.channel_id!r})"


async def note_deliveries(connection: Connection, steps: Sequence[Step]) -> None:
    """Note whom to tell of steps: the owner, through each channel that takes alerts so serious; of an alert once."""
    told = {step.alert.alert_id: step.alert for step in steps if _is_news(step)}
    if not told:
        return
    alerts = list(told.values())
    await connection.execute(
        _NOTE,
        [a.alert_id for a in alerts],
        [a.version for a in alerts],
        [a.severity for a in alerts],
        [RANK[a.severity] for a in alerts],
        ["people" if a.owner.person else "roles" for a in alerts],
        [a.owner.person or a.owner.role or "" for a in alerts],
        [a.changed_at for a in alerts],
    )


def _is_news(step: Step) -> bool:
    if step.name == "changed" and step.previous is not None:
        return step.alert.state == "raised" and RANK[step.alert.severity] > RANK[step.previous]
    return step.name in ("raised", "reopened", "assigned")


async def claim(connection: Connection, now: datetime, most: int) -> list[Claimed]:
    """Take channels that have something to send now and that nobody has."""
    rows = await connection.fetch(_CLAIM, now, most, now + LEASE)
    return [
        Claimed(
            row["channel_id"],
            Address(row["kind"], row["address"], row["secret"]),
            recipient_of(row),
            row["failures"],
            row["claim"],
        )
        for row in rows
    ]


def recipient_of(row: Any) -> Recipient:
    """Return a row of ``recipients``."""
    plain = (
        row[n] for n in ("quiet_from", "quiet_until", "breaks_through", "digest_minutes", "digest_count")
    )
    return Recipient(row["language"], ZoneInfo(row["timezone"]), *plain)


async def waiting(connection: Connection, channel_id: str) -> list[Notice]:
    """Return everything that waits to be sent through a channel, the oldest first."""
    rows = await connection.fetch(
        """SELECT delivery_id, alert_id, severity, created_at FROM deliveries
           WHERE channel_id = $1 AND state = 'pending' ORDER BY delivery_id LIMIT $2""",
        channel_id,
        MOST_NOTICES,
    )
    return [Notice(*row) for row in rows]


async def lines_of(connection: Connection, notices: Sequence[Notice], recipient: Recipient) -> list[Line]:
    """Return what a message says of alerts, as they are now, in the order of the notices."""
    rows = await connection.fetch(_LINES, [notice.alert_id for notice in notices])
    found: dict[str, Line] = {}
    for row in rows:
        alert = alert_of(row)
        name = row["customer_name"] or alert.customer_id
        reading = read(alert.kind, alert.facts, name, alert.origin, recipient.language)
        found[alert.alert_id] = Line(alert.severity, alert.kind, reading, not alert.is_open)
    return [found[notice.alert_id] for notice in notices if notice.alert_id in found]


async def put_off(connection: Connection, claimed: Claimed, later: Sequence[Notice], until: datetime) -> None:
    """Have notices wait until a time."""
    await connection.execute(
        "UPDATE deliveries SET not_before = $2 WHERE delivery_id = ANY($1::bigint[]) AND state = 'pending'",
        [notice.number for notice in later],
        until,
    )


async def release(connection: Connection, claimed: Claimed, now: datetime) -> None:
    """Let go of a channel through which nothing was sent."""
    await connection.execute(_RELEASE, claimed.channel_id, claimed.claim, claimed.failures, now)


async def mark(
    connection: Connection, claimed: Claimed, sent: Sequence[Notice], result: Result, now: datetime
) -> int:
    """Mark what came of a message, and let go of the channel. Returns how many notices were given up."""
    numbers = [notice.number for notice in sent]
    failures, given_up, rest_s = 0, 0, REST_S
    if result.sent:
        await connection.execute(_SENT, numbers, now, f"{claimed.channel_id}-{claimed.claim}")
    else:
        failures = claimed.failures + 1
        rest_s = max(backoff_s(failures), result.wait_s or 0.0)
        rows = await connection.fetch(_NOT_SENT, numbers, now, result.error[:300], MOST_ATTEMPTS)
        given_up = sum(row["state"] == "failed" for row in rows)
    until = now + timedelta(seconds=rest_s)
    await connection.execute(_RELEASE, claimed.channel_id, claimed.claim, failures, until)
    return given_up
