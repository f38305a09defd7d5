"""Temporary folders that do not pile up: what a killed process left behind is deleted by the next one."""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

OWNER_FILE = ".owner"

# Kept open on purpose: the kernel drops the lock when the process ends, however it ends.
_locks: list[int] = []


def temporary_folder(kind: str) -> Path:
    """A new folder in the system's temporary folder, belonging to this process until it ends."""
    prefix = f"tallyman-{kind}-"
    for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        if _abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    lock = os.open(folder / OWNER_FILE, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    _locks.append(lock)
    return folder


def _abandoned(folder: Path) -> bool:
    try:
        if folder.lstat().st_uid != os.getuid():
            return False
        lock = os.open(folder / OWNER_FILE, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        # Just being made, or just being deleted, by its owner.
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True
