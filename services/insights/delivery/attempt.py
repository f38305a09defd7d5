"""One attempt to send: every connection of it is checked, watched and over by a deadline; every answer is kept.

apprise calls ``requests`` and ``smtplib`` where it likes. Its plugins get these two from here instead, and both make
their connections through the attempt that the thread is in.
"""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from services.insights.delivery.allowed import Allowed, Refused

DEADLINE_S = 15.0
CONNECT_S = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered. ``body`` is its beginning."""

    status: int
    body: bytes
    retry_after: str = ""
    cut: bool = False


class Attempt:
    """One attempt. Used by one thread; the deadline comes from another one."""

    def __init__(self, allowed: Allowed, deadline_s: float = DEADLINE_S) -> None:
        self.allowed = allowed
        self.answers: list[Answer] = []
        self.refused: Refused | None = None
        self.over = False
        self._ends = time.monotonic() + deadline_s
        self._deadline_s = deadline_s
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()

    @property
    def left_s(self) -> float:
        """Seconds until the deadline, at least a little."""
        return max(0.01, self._ends - time.monotonic())

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Make this the attempt of the thread, and cut its connections at the deadline, whatever they are doing.

        Time limits per read do not help against a server that sends a byte now and then.
        """
        timer = threading.Timer(self._deadline_s, self._cut)
        timer.daemon = True
        timer.start()
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)
            timer.cancel()
            with self._lock:
                for watched in self._sockets:
                    watched.close()
                self._sockets.clear()

    def connect(self, host: str, port: int) -> socket.socket:
        """Connect to a host whose addresses are all allowed: to one that was checked, not to what a name says later.

        Raises:
            Refused: when one of its addresses is not allowed.
            OSError: when none of them can be reached.
        """
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            for *_, address in found:
                self.allowed.check_address(str(address[0]))
        except Refused as refused:
            self.refused = refused
            raise
        problem: OSError = OSError("no address")
        for family, kind, protocol, _, address in found:
            connection = socket.socket(family, kind, protocol)
            try:
                connection.settimeout(min(CONNECT_S, self.left_s))
                connection.connect(address)
                connection.settimeout(self.left_s)
                self._watch(connection)
            except OSError as error:
                connection.close()
                problem = error
            else:
                return connection
        raise problem

    def _watch(self, connection: socket.socket) -> None:
        # A copy: TLS takes the original away from its socket object, and both copies are one connection.
        copy = socket.socket(fileno=os.dup(connection.fileno()))
        with self._lock:
            self._sockets.append(copy)
            if self.over:
                raise TimeoutError("the deadline is over")

    def _cut(self) -> None:
        with self._lock:
            self.over = True
            for watched in self._sockets:
                with contextlib.suppress(OSError):
                    watched.shutdown(socket.SHUT_RDWR)


_current: ContextVar[Attempt] = ContextVar("attempt")


def current_attempt() -> Attempt:
    """Return the attempt of this thread.

    Raises:
        LookupError: when there is none: nothing is sent outside of an attempt.
    """
    return _current.get()
