"""Child processes that are watched, signalled and always ended: the ground under the demo and fault tests."""

import atexit
import os
import signal
import subprocess
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local.spawn import spawn

POLL_S = 0.02
LOG_TAIL_LINES = 30

Probe = Callable[["ManagedProcess"], bool]


class ProcessError(RuntimeError):
    """A child process did not become ready, or ended when it should run; carries the tail of its log."""


@dataclass(frozen=True, kw_only=True)
class ProcessSpec:
    """What to start. `env` is added to this process's environment; times are in seconds."""

    name: str
    argv: Sequence[str]
    log_path: Path
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    ready: Probe | None = None
    ready_timeout_s: float = 30.0
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout_s: float = 15.0
    death_signal: signal.Signals = signal.SIGKILL
    launcher_options: Sequence[str] = ()


class ManagedProcess:
    """One child process in its own process group. Thread-safe; every wait is bounded."""

    def __init__(self, spec: ProcessSpec) -> None:
        self.spec = spec
        self._process: subprocess.Popen[bytes] | None = None
        self._returncode: int | None = None
        self._log_start = 0
        self._lock = threading.RLock()

    @property
    def name(self) -> str:
        """The name given in the spec."""
        return self.spec.name

    @property
    def pid(self) -> int:
        """Process id of the running child; raises ProcessError when there is none."""
        with self._lock:
            if not self.running or self._process is None:
                raise self.error("is not running")
            return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the child has been started and has not ended (a stopped, frozen child is running)."""
        with self._lock:
            self._reap()
            return self._process is not None

    @property
    def returncode(self) -> int | None:
        """Exit code of the last run (negative: the signal that ended it), None while it runs or before."""
        with self._lock:
            self._reap()
            return self._returncode

    def start(self) -> Self:
        """Start and wait until ready; raises ProcessError with the log's tail when that fails."""
        self.launch()
        self.wait_ready()
        return self

    def launch(self) -> None:
        """Start without waiting, so that several can come up side by side."""
        with self._lock:
            if self.running:
                raise self.error("is running already")
            self.spec.log_path.parent.mkdir(parents=True, exist_ok=True)
            self._log_start = self._log_size()
            self._returncode = None
            self._process = spawn(
                self.spec.argv,
                env={**os.environ, **self.spec.env},
                cwd=self.spec.cwd,
                log_path=self.spec.log_path,
                death_signal=self.spec.death_signal,
                launcher_options=self.spec.launcher_options,
            )
            _started.add(self)

    def wait_ready(self) -> None:
        """Wait for the spec's probe; a child not ready in time is killed before the error is raised."""
        probe = self.spec.ready
        if probe is None:
            return
        deadline = time.monotonic() + self.spec.ready_timeout_s
        while not probe(self):
            if not self.running:
                raise self.error(f"ended with code {self._returncode} before it was ready")
            if time.monotonic() > deadline:
                self.kill()
                raise self.error(f"was not ready within {self.spec.ready_timeout_s:g} s")
            time.sleep(POLL_S)

    def wait(self, timeout_s: float) -> int:
        """Wait for the child to end by itself and return its exit code; raises ProcessError on timeout."""
        if not self._wait_gone(timeout_s, self._process):
            raise self.error(f"was still running after {timeout_s:g} s")
        return self._returncode or 0

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the child's whole process group; raises ProcessError when it is not running."""
        with self._lock:
            os.killpg(self.pid, number)

    def suspend(self) -> None:
        """Freeze the child (SIGSTOP): it keeps its sockets and its locks and does nothing."""
        self.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen child go on (SIGCONT)."""
        self.send_signal(signal.SIGCONT)

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """End the child with a signal that leaves it no choice and wait until it is gone."""
        killed = self._send(number)
        if not self._wait_gone(self.spec.stop_timeout_s, killed):
            raise self.error(f"survived {number.name}")

    def stop(self) -> None:
        """Ask the child to end, kill it after the spec's bound. Does nothing when it is not running."""
        stopped = self._send(self.spec.stop_signal)
        # A frozen child only sees the request once it goes on.
        self._send(signal.SIGCONT)
        if not self._wait_gone(self.spec.stop_timeout_s, stopped):
            self.kill()

    def restart(self) -> None:
        """Stop and start again with the same spec."""
        self.stop()
        self.start()

    def log_text(self) -> str:
        """What the current (or last) run has written so far."""
        try:
            with self.spec.log_path.open("rb") as log:
                log.seek(self._log_start)
                return log.read().decode(errors="replace")
        except FileNotFoundError:
            return ""

    def error(self, what: str) -> ProcessError:
        """An error about this child, with the tail of its log."""
        tail = "\n".join(f"    {line}" for line in self.log_text().splitlines()[-LOG_TAIL_LINES:])
        return ProcessError(f"{self.name} {what}; end of {self.spec.log_path}:\n{tail or '    (empty)'}")

    def _log_size(self) -> int:
        return self.spec.log_path.stat().st_size if self.spec.log_path.exists() else 0

    def _send(self, number: signal.Signals) -> "subprocess.Popen[bytes] | None":
        """Signal the child, if there is one, and return it."""
        with self._lock:
            # Looked at once: should the child end right after, its unreaped group still takes the signal.
            if self.running and self._process is not None:
                _signal_group(self._process.pid, number)
            return self._process

    def _wait_gone(self, timeout_s: float, child: "subprocess.Popen[bytes] | None") -> bool:
        """Wait for this very child: somebody else may start its successor the moment it is gone."""
        deadline = time.monotonic() + timeout_s
        while self.running and self._process is child:
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_S)
        return True

    def _reap(self) -> None:
        process = self._process
        if process is None:
            return
        # Look without reaping: until the leader is reaped its group id cannot pass to a stranger, so this is
        # the moment to end what it may have left behind.
        if os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return
        _signal_group(process.pid, signal.SIGKILL)
        self._returncode = process.wait()
        self._process = None


class Supervisor:
    """Starts processes in the order given and ends them in reverse order, also when a start fails."""

    def __init__(self) -> None:
        self.processes: list[ManagedProcess] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_all()

    def start(self, *specs: ProcessSpec) -> list[ManagedProcess]:
        """Launch all specs at once, then wait until each is ready.

        Raises ProcessError for the first that is not; ending the others is left to `stop_all`.
        """
        fresh = [ManagedProcess(spec) for spec in specs]
        self.processes.extend(fresh)
        for process in fresh:
            process.launch()
        for process in fresh:
            process.wait_ready()
        return fresh

    def __getitem__(self, name: str) -> ManagedProcess:
        """The process of that name; raises KeyError."""
        for process in self.processes:
            if process.name == name:
                return process
        raise KeyError(name)

    def __iter__(self) -> Iterator[ManagedProcess]:
        return iter(self.processes)

    def ended(self) -> list[ManagedProcess]:
        """The processes that are not running (any more)."""
        return [process for process in self.processes if not process.running]

    def stop_all(self) -> None:
        """Stop every process, the last started first; the first error is raised after all were tried."""
        stop_processes(self.processes)


@contextmanager
def running(spec: ProcessSpec) -> Iterator[ManagedProcess]:
    """One process for the length of a `with` block."""
    process = ManagedProcess(spec)
    try:
        yield process.start()
    finally:
        process.stop()


def _signal_group(group: int, number: signal.Signals) -> None:
    # macOS answers EPERM for a group of which only the dead leader is left.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def stop_processes(processes: Sequence[ManagedProcess]) -> None:
    """Stop in reverse order; the first error is raised after all were tried."""
    errors: list[ProcessError] = []
    for process in reversed(processes):
        try:
            process.stop()
        except ProcessError as error:
            errors.append(error)
    if errors:
        raise errors[0]


_started: "weakref.WeakSet[ManagedProcess]" = weakref.WeakSet()
# A forked copy of this process is not the parent of what we started and must not end it when it exits.
os.register_at_fork(after_in_child=_started.clear)


@atexit.register
def _stop_what_is_left() -> None:
    stop_processes([process for process in _started if process.running])
