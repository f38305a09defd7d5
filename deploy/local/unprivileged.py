"""How a program that refuses to run as root (PostgreSQL) is run by root, as in containers and CI."""

import os
import pwd
import stat
import subprocess
from functools import cache
from pathlib import Path
from typing import Literal

from deploy.local.spawn import launcher_command

RootMode = Literal["namespace", "setuid"]

# PostgreSQL looks its user up by number, so it has to be one the machine knows; none is created.
ACCOUNTS = ("postgres", "nobody", "daemon")


def launcher_options(folder: Path, reads: Path, root_mode: RootMode | None = None) -> list[str]:
    """Launcher options to work in `folder` (made if missing) with the programs in `reads`; none unless root.

    A folder in use keeps the way it was made with, which its owner tells: root's own means a user namespace.
    Raises PermissionError with the remedy where neither way is open.
    """
    if os.geteuid() != 0:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return []
    account = _account()
    ids = f"{account.pw_uid}:{account.pw_gid}"
    if _chosen_mode(folder, ids, root_mode) == "namespace":
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return [f"--namespace={ids}"]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid == 0:
        os.chown(folder, account.pw_uid, account.pw_gid)
    for path in (folder.parent, reads):
        _require_reachable(path, account.pw_name)
    owner = folder.stat()
    return [f"--setuid={owner.st_uid}:{owner.st_gid}"]


def _chosen_mode(folder: Path, ids: str, wanted: RootMode | None) -> RootMode:
    if wanted is not None:
        return wanted
    if folder.exists() and any(folder.iterdir()):
        return "namespace" if folder.stat().st_uid == 0 else "setuid"
    return "namespace" if _namespaces_allowed(ids) else "setuid"


@cache
def _namespaces_allowed(ids: str) -> bool:
    command = launcher_command(["true"], launcher_options=[f"--namespace={ids}"])
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0


def _account() -> pwd.struct_passwd:
    for name in ACCOUNTS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PermissionError(f"PostgreSQL does not run as root and none of {', '.join(ACCOUNTS)} has an account")


def _require_reachable(path: Path, account: str) -> None:
    for folder in (path, *path.resolve().parents):
        if not folder.stat().st_mode & stat.S_IXOTH:
            raise PermissionError(
                f"PostgreSQL does not run as root, user namespaces are not allowed here, and the account"
                f" {account!r} cannot reach {path}: {folder} is closed to others. Run as an ordinary user, or"
                f" put the data folder and the Python environment under folders that others may enter."
            )
