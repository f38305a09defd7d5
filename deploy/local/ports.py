"""Free TCP ports on loopback that are not handed out twice, not even to two processes of one user."""

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path
from threading import Lock

# Below the ephemeral range of Linux (32768) and macOS (49152): an outgoing connection of any process
# could otherwise take the port between our probe and the server's bind.
FIRST_PORT = 20_000
LAST_PORT = 31_999

_guard = Lock()
_claims: dict[int, int] = {}


def free_port() -> int:
    """A port nobody listens on, reserved for this process until it ends.

    The reservation is a lock on a file named after the port; the kernel drops it when the process dies.
    Raises RuntimeError when none of the range is left.
    """
    with _guard:
        # Not the seeded global generator: two test processes with one seed would race for the same ports.
        count = LAST_PORT - FIRST_PORT + 1
        start = random.SystemRandom().randrange(count)
        for step in range(count):
            port = FIRST_PORT + (start + step) % count
            if port not in _claims and _claim(port):
                return port
    raise RuntimeError(f"no free TCP port on 127.0.0.1 between {FIRST_PORT} and {LAST_PORT}")


def port_is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Servers set SO_REUSEADDR, so connections in TIME_WAIT do not keep them from binding.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _claim(port: int) -> bool:
    folder = Path(tempfile.gettempdir()) / f"tallyman-ports-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    lock = os.open(folder / str(port), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return False
    if not port_is_free(port):
        os.close(lock)
        return False
    _claims[port] = lock
    return True
