"""Places where a test may end the process as ``kill -9`` would.

``TALLYMAN_FAILPOINT=consumer.before_commit:3`` ends the process when that place is passed for the third time. Without
the variable a failpoint costs one comparison.
"""

import os
import signal

FAILPOINTS: tuple[str, ...] = (
    "consumer.before_transaction",
    "consumer.after_lock",
    "consumer.before_commit",
    "consumer.after_commit",
    "outbox.before_publish",
    "outbox.half_published",
    "outbox.before_mark",
    "outbox.after_mark",
    "api.before_commit",
    "api.after_commit",
)
"""Every failpoint there is; the kill loop of the fault tests walks this list."""

_name, _, _count = os.environ.get("TALLYMAN_FAILPOINT", "").partition(":")
_passes_left = int(_count or 1)


def failpoint(name: str) -> None:
    """End this process with SIGKILL if ``name`` is armed and its turn has come."""
    if name != _name:
        return
    global _passes_left
    _passes_left -= 1
    if _passes_left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
