"""Starts child processes from one thread that lives as long as this process.

The kernel counts the *thread* that started a child as its parent: a child started from a worker thread of a
pool would get its death signal when the pool retires that thread.
"""

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path

LAUNCHER = Path(__file__).with_name("launcher.py")

_Job = tuple[Callable[[], "subprocess.Popen[bytes]"], "Future[subprocess.Popen[bytes]]"]
_jobs: "queue.SimpleQueue[_Job] | None" = None
_guard = threading.Lock()


def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path | None,
    log_path: Path,
    death_signal: signal.Signals,
    launcher_options: Sequence[str] = (),
) -> "subprocess.Popen[bytes]":
    """Start `argv` in its own process group, output appended to `log_path`, dying with this process.

    Raises OSError when it cannot be started at all.
    """
    command = launcher_command(argv, death_signal, launcher_options)

    def start() -> "subprocess.Popen[bytes]":
        with log_path.open("ab") as log:
            return subprocess.Popen(
                command,
                env=dict(env),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # An own session: Ctrl-C in a terminal reaches the supervisor, which ends the rest in order.
                start_new_session=True,
            )

    outcome: Future[subprocess.Popen[bytes]] = Future()
    _queue().put((start, outcome))
    return outcome.result()


def launcher_command(
    argv: Sequence[str], death_signal: signal.Signals = signal.SIGKILL, launcher_options: Sequence[str] = ()
) -> list[str]:
    """`argv` behind the launcher, for a child of this process."""
    launcher = [sys.executable, "-I", "-S", str(LAUNCHER)]
    life = [f"--parent-pid={os.getpid()}", f"--death-signal={int(death_signal)}"]
    return [*launcher, *life, *launcher_options, "--", *argv]


def _queue() -> "queue.SimpleQueue[_Job]":
    global _jobs
    with _guard:
        if _jobs is None:
            _jobs = queue.SimpleQueue()
            threading.Thread(target=_serve, args=(_jobs,), name="spawner", daemon=True).start()
        return _jobs


def _serve(jobs: "queue.SimpleQueue[_Job]") -> None:
    while True:
        start, outcome = jobs.get()
        try:
            outcome.set_result(start())
        except BaseException as error:
            outcome.set_exception(error)


def _forget_after_fork() -> None:
    # Threads do not survive a fork, so the child needs a spawner (and a lock nobody holds) of its own.
    global _jobs, _guard
    _jobs, _guard = None, threading.Lock()


os.register_at_fork(after_in_child=_forget_after_fork)
