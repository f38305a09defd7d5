"""The first command on a fresh machine: what is missing is said, and what is there is used."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = (
    "Makefile",
    "pyproject.toml",
    "deploy/environment.sh",
    "requirements-uv.lock",
    "requirements-local.lock",
)
TOOLS = ("sh", "make", "awk", "sed", "grep", "head", "dirname", "mkdir", "rm", "touch", "cat")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A checkout with a PATH of its own, on which there is no Python."""
    (tmp_path / "checkout/deploy").mkdir(parents=True)
    for part in PARTS:
        shutil.copy(ROOT / part, tmp_path / "checkout" / part)
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        program = shutil.which(tool)
        assert program is not None
        (tmp_path / "bin" / tool).symlink_to(program)
    return tmp_path


def _make(machine: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *arguments],
        cwd=machine / "checkout",
        env={"PATH": str(machine / "bin"), "HOME": str(machine)},
        capture_output=True,
        text=True,
        check=False,
    )


def _program(machine: Path, name: str, script: str) -> None:
    path = machine / "bin" / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_help_needs_nothing(machine: Path) -> None:
    done = _make(machine)
    assert done.returncode == 0, done.stderr
    targets = [line.split()[1] for line in done.stdout.splitlines()]
    assert {
        "demo",
        "up",
        "test",
        "test-kafka",
        "test-pages",
        "bench",
        "lint",
        "types",
        "generate",
        "check",
        "lock",
        "clean",
    } <= set(targets)


def test_no_python_is_said(machine: Path) -> None:
    done = _make(machine, "demo")
    assert done.returncode != 0
    assert "Python 3.11 or newer is needed; 'python3' says: " in done.stderr


def test_an_old_python_is_said_with_its_version(machine: Path) -> None:
    _program(machine, "python3", 'case "$1" in --version) echo "Python 3.9.2";; *) exit 1;; esac')
    done = _make(machine, "demo")
    assert done.returncode != 0
    assert "'python3' says: Python 3.9.2" in done.stderr
    assert not (machine / "checkout/.venv").exists()


def test_a_python_without_venv_is_said_with_the_package_to_install(machine: Path) -> None:
    script = 'case "$1" in --version|-c) echo "Python 3.12.1";; *) echo "ensurepip is not available"; exit 1;; esac'
    _program(machine, "python3", script)
    done = _make(machine, "demo")
    assert done.returncode != 0
    assert "apt install python3-venv" in done.stderr
    assert "ensurepip is not available" in done.stderr
    assert not (machine / "checkout/.venv").exists()


def test_what_is_installed_is_not_installed_again(machine: Path) -> None:
    """An environment that is newer than its lock costs nothing; one that is older is refreshed."""
    checkout = machine / "checkout"
    _program(machine, "python3", "echo called >> calls; exit 1")
    (checkout / ".venv").mkdir()
    (checkout / ".venv/local.stamp").touch()
    assert _make(machine, "local").returncode == 0
    assert not (checkout / "calls").exists()
    lock = checkout / "requirements-local.lock"
    later = lock.stat().st_mtime + 100
    os.utime(lock, (later, later))
    assert _make(machine, "local").returncode != 0
