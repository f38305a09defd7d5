"""Runs in the new process just before the real program: ties its life to the parent's and sheds root.

A script of the standard library only, started as `python -I -S launcher.py OPTIONS -- PROGRAM ARGS`, because
a `preexec_fn` between fork and exec may deadlock in a program with threads.
"""

import argparse
import ctypes
import os
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000


def main(arguments: list[str]) -> None:
    """Apply the options in order and become the program; ends with a message if the system refuses one."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent-pid", type=int, required=True)
    parser.add_argument("--death-signal", type=int, required=True)
    parser.add_argument("--namespace", metavar="UID:GID", help="appear as this user in a user namespace")
    parser.add_argument("--setuid", metavar="UID:GID", help="become this user")
    parser.add_argument("program", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
    program = options.program[1:] if options.program[:1] == ["--"] else options.program

    if options.namespace:
        enter_user_namespace(*_ids(options.namespace))
    if options.setuid:
        become_user(*_ids(options.setuid))
    # Changing credentials clears the death signal, so it is asked for last.
    die_with_parent(options.parent_pid, options.death_signal)
    os.execvp(program[0], program)


def enter_user_namespace(uid: int, gid: int) -> None:
    """Map root to `uid:gid` inside a new user namespace.

    Programs that refuse to run as root see an ordinary user, while files stay root's own on disk: no account
    is created and no folder has to be opened to others. Raises OSError where the system forbids it.
    """
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    if _libc().unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "this system does not allow user namespaces")
    # Without privileges over the outer namespace the group map is only accepted once setgroups is given up.
    for file_name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {outer_uid} 1"),
        ("gid_map", f"{gid} {outer_gid} 1"),
    ):
        Path("/proc/self", file_name).write_text(text)


def become_user(uid: int, gid: int) -> None:
    """Give up root for good."""
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def die_with_parent(parent_pid: int, death_signal: int) -> None:
    """Have the kernel send `death_signal` when the thread that started us ends (Linux; elsewhere nothing)."""
    if not sys.platform.startswith("linux"):
        return
    if _libc().prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    # The parent may have died before the request took hold, and then no signal would ever come.
    if os.getppid() != parent_pid:
        os.kill(os.getpid(), signal.SIGKILL)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _ids(text: str) -> tuple[int, int]:
    uid, gid = text.split(":")
    return int(uid), int(gid)


if __name__ == "__main__":
    main(sys.argv[1:])
