"""Logging in: how long a session lasts, how failed logins are slowed down, and the chain of the audit.

Timeouts follow OWASP's Session Management Cheat Sheet, the back-off NIST SP 800-63B, 5.2.2 (throttling).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

IDLE = timedelta(hours=2)
"""A session nobody used for so long has ended."""
ABSOLUTE = timedelta(hours=12)
"""A session ends so long after the login, used or not."""
SEEN_EVERY = timedelta(minutes=1)
"""How exactly the last use is kept: a write per request would be too many."""
FREE_OF_ACCOUNT = 5
FREE_OF_ADDRESS = 30
"""Failures in a row that cost no waiting; an office has many people behind one address."""
LONGEST_WAIT_S = 900
FORGOTTEN = timedelta(days=1)
"""Failures so long ago do not count any more."""


@dataclass(frozen=True, slots=True)
class Failures:
    """Failed logins in a row of one login name or address."""

    count: int
    last_at: datetime
    blocked_until: datetime

    def after_one_more(self, now: datetime, free: int) -> "Failures":
        """Return what it is after another failure; each beyond ``free`` doubles the wait, up to 15 minutes."""
        count = 1 if now - self.last_at > FORGOTTEN else self.count + 1
        return Failures(count, now, now + timedelta(seconds=wait_s(count, free)))


def wait_s(count: int, free: int) -> int:
    """Return how many seconds to wait after ``count`` failures in a row, ``free`` of which cost nothing."""
    return min(1 << min(count - free, 16), LONGEST_WAIT_S) if count > free else 0


def alive(created_at: datetime, seen_at: datetime, now: datetime) -> bool:
    """Whether a session is neither idle for too long nor too old."""
    return now - seen_at < IDLE and now - created_at < ABSOLUTE


def link(previous: bytes, seq: int, at: datetime, *texts: str) -> bytes:
    """Return the SHA-256 of an audit entry and the one before it; each text goes in with its length."""
    digest = sha256(previous)
    for text in (str(seq), at.isoformat(), *texts):
        encoded = text.encode()
        digest.update(len(encoded).to_bytes(8) + encoded)
    return digest.digest()
