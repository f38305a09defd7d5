"""The command line as an operator has it: a process, its output, its status."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.local.processes import ManagedProcess

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "deploy.cli"]


Run = Callable[..., "Done"]
"""Runs the command line with these words, and variables of the environment by name."""


@dataclass(frozen=True)
class Done:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str


def environment(**variables: str) -> dict[str, str]:
    """This process's environment without settings of Tallyman, and with ``variables``."""
    # Every process would compile everything anew where this is set.
    left_out = ("TALLYMAN_", "PYTHONDONTWRITEBYTECODE")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return {**clean, "COLUMNS": "200", **variables}


def tallyman(*arguments: str | Path, timeout_s: float = 120, **variables: str) -> Done:
    """Run one command to its end."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=ROOT,
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@contextmanager
def nothing_left(process: ManagedProcess) -> Iterator[None]:
    """Whatever the process has started is gone when the block ends."""
    family = psutil.Process(process.pid).children(recursive=True)
    assert {"postgres", "tansu"} <= {child.name().split("-")[0] for child in family}
    yield
    _, alive = psutil.wait_procs(family, timeout=20)
    assert not alive
