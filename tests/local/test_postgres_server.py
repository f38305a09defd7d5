"""The embedded PostgreSQL is durable, survives crashes, and says clearly what it cannot work with."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

import asyncpg
import psutil
import pytest

from deploy.local.postgres import CrashMode, LocalPostgres, PostgresError
from deploy.local.unprivileged import launcher_options


@pytest.fixture
def server() -> Iterator[LocalPostgres]:
    """A running server of the test's own, to be crashed."""
    with LocalPostgres() as server:
        yield server


async def insert(dsn: str, number: int) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS kept (number bigint)")
        await connection.execute("INSERT INTO kept VALUES ($1)", number)
    finally:
        await connection.close()


def kept(server: LocalPostgres) -> list[str]:
    return server.execute("SELECT number FROM kept ORDER BY number").split()


@pytest.mark.parametrize("name", ["fsync", "synchronous_commit", "full_page_writes", "data_checksums"])
def test_durability_is_on(postgres_server: LocalPostgres, name: str) -> None:
    assert postgres_server.execute(f"SHOW {name}") == "on"


def test_durability_cannot_be_switched_off() -> None:
    with pytest.raises(ValueError, match="fsync"):
        LocalPostgres(settings={"fsync": "off"})


async def test_committed_rows_survive_stop_and_crash(server: LocalPostgres) -> None:
    dsn, crashes = server.dsn, get_args(CrashMode)
    await insert(dsn, 0)
    server.restart()
    for number, crash in enumerate(crashes, start=1):
        await insert(dsn, number)
        before = [server.pid, *(child.pid for child in psutil.Process(server.pid).children(recursive=True))]
        server.kill(crash)
        assert not any(psutil.pid_exists(pid) for pid in before)
        server.restart()
    assert kept(server) == ["0", "1", "2"]
    assert server.dsn == dsn


async def test_data_outlives_the_object(tmp_path: Path) -> None:
    with LocalPostgres(tmp_path / "data") as first:
        await insert(first.dsn, 7)
        password_file = tmp_path / "data" / "password"
        assert password_file.stat().st_mode & 0o777 == 0o600
    with LocalPostgres(tmp_path / "data", settings={"work_mem": "5MB"}) as second:
        assert kept(second) == ["7"]
        assert second.execute("SHOW work_mem") == "5MB"


@pytest.mark.parametrize(
    "pid", [lambda: os.getpid(), lambda: 1, lambda: 2**22 - 1], ids=["us", "init", "none"]
)
def test_stale_pid_file_does_not_matter(server: LocalPostgres, pid: Callable[[], int]) -> None:
    """After a reboot the number in the file may belong to any process."""
    server.kill("sigkill")
    pid_file = server.pgdata / "postmaster.pid"
    lines = pid_file.read_text().split("\n")
    pid_file.write_text("\n".join([str(pid()), *lines[1:]]))
    server.restart()
    assert server.execute("SELECT 1") == "1"


def test_second_server_on_the_same_folder_is_refused(server: LocalPostgres) -> None:
    with pytest.raises(PostgresError, match=f"process {server.pid}"):
        LocalPostgres(server.data_dir).start()
    assert server.execute("SELECT 1") == "1"


def test_folder_of_another_major_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pgdata").mkdir()
    (tmp_path / "pgdata" / "PG_VERSION").write_text("15\n")
    with pytest.raises(PostgresError, match="written by PostgreSQL 15, this is PostgreSQL 18"):
        LocalPostgres(tmp_path).start()


def test_interrupted_initialization_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / "pgdata.unfinished").mkdir()
    (tmp_path / "pgdata.unfinished" / "PG_VERSION").write_text("18\n")
    with LocalPostgres(tmp_path) as server:
        assert server.execute("SELECT 1") == "1"


async def test_only_the_password_lets_in(postgres_server: LocalPostgres) -> None:
    wrong = postgres_server.dsn.replace(f":{postgres_server.dsn.split(':')[2].split('@')[0]}@", ":wrong@")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(wrong)
    assert postgres_server.execute("SHOW listen_addresses") == "127.0.0.1"
    assert postgres_server.execute("SHOW unix_socket_directories") == ""


async def test_frozen_server_answers_again(server: LocalPostgres) -> None:
    connection = await asyncpg.connect(server.dsn)
    server.suspend()
    with pytest.raises(TimeoutError):
        await connection.fetchval("SELECT 1", timeout=0.3)
    server.resume()
    await insert(server.dsn, 1)
    connection.terminate()


async def test_each_test_has_a_fresh_database(postgres_server: LocalPostgres, database_dsn: str) -> None:
    await insert(database_dsn, 1)
    name = database_dsn.rsplit("/", 1)[1]
    copy_dsn = postgres_server.create_database(f"{name}_copy", template=name)
    connection = await asyncpg.connect(copy_dsn)
    assert await connection.fetchval("SELECT number FROM kept") == 1
    postgres_server.drop_database(f"{name}_copy")
    connection.terminate()


def test_existing_database_is_an_error_unless_allowed(postgres_server: LocalPostgres) -> None:
    dsn = postgres_server.create_database('odd "name"/%')
    with pytest.raises(PostgresError, match="already exists"):
        postgres_server.create_database('odd "name"/%')
    assert postgres_server.create_database('odd "name"/%', exist_ok=True) == dsn
    postgres_server.drop_database('odd "name"/%')


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
class TestAsRoot:
    def test_namespace_needs_no_open_folder(self, tmp_path: Path) -> None:
        """The folder, and those above it, stay root's and closed."""
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        with LocalPostgres(closed / "data", root_mode="namespace") as server:
            assert server.execute("SELECT 1") == "1"
            assert psutil.Process(server.pid).uids().real == 0
            assert server.pgdata.stat().st_uid == 0
        assert closed.stat().st_mode & 0o777 == 0o700

    def test_account_is_the_way_where_namespaces_are_not_allowed(self) -> None:
        with LocalPostgres(root_mode="setuid") as server:
            assert psutil.Process(server.pid).uids().real == server.pgdata.stat().st_uid != 0
            # What was made one way is opened the same way.
            assert launcher_options(server.pgdata, Path("/"))[0].startswith("--setuid=")

    def test_account_that_cannot_reach_the_folder_is_told_so(self, tmp_path: Path) -> None:
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        with pytest.raises(PermissionError, match=r"closed is closed to others"):
            LocalPostgres(closed / "data", root_mode="setuid").start()


def test_server_ends_with_a_killed_parent(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from deploy.local.postgres import LocalPostgres\n"
        "print(LocalPostgres(Path(sys.argv[1])).start().pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "data")],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with parent:
        assert parent.stdout is not None
        postmaster = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    psutil.wait_procs([postmaster], timeout=30)
    assert not postmaster.is_running()
    # It had the time to shut down cleanly, so the next start has nothing to recover.
    with LocalPostgres(tmp_path / "data") as server:
        assert (
            "database system was shut down" in server.log_path.read_text().rsplit("starting PostgreSQL", 1)[1]
        )
