"""PostgreSQL and a broker as children of this process, migrated and with topics, ready for the services."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from deploy.cli.errors import OperatorError
from deploy.cli.migrate import migrate_all
from deploy.cli.settings import settings
from deploy.cli.topics import create_topics
from deploy.local.ports import port_is_free
from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker

DATABASE = "tallyman"


@contextmanager
def local_infrastructure(
    data_dir: Path | None, broker_port: int = 0, **extra: str
) -> Iterator[dict[str, str]]:
    """Start both, migrate, create the topics, and yield the TALLYMAN_ variables that lead there.

    The variables are also set in this process's environment. ``data_dir`` None: a folder that is deleted at the end.
    Everything started is ended when the block is left, however it is left.

    Raises:
        PostgresError, ProcessError: what did not start, with the end of its log.
        MigrationError: the data is of a newer version.
    """
    if data_dir is not None:
        data_dir.mkdir(parents=True, exist_ok=True)
    folder = data_dir / "postgres" if data_dir else None
    postgres = LocalPostgres(folder)
    broker = TansuBroker(broker_port, log_path=data_dir / "broker.log" if data_dir else None)
    with ExitStack() as running, ThreadPoolExecutor(max_workers=2) as pool:
        # Ended in reverse order: the broker first, so that PostgreSQL has taken everything when it goes.
        running.callback(postgres.stop)
        running.callback(broker.stop)
        database_up, broker_up = pool.submit(postgres.start), pool.submit(broker.start)
        database_up.result()
        broker_up.result()
        environment = {
            "TALLYMAN_DATABASE_URL": postgres.create_database(DATABASE, exist_ok=True),
            "TALLYMAN_KAFKA_BOOTSTRAP": broker.bootstrap,
            # The embedded broker refuses idempotent producers; consumers drop what comes twice.
            "TALLYMAN_KAFKA_IDEMPOTENCE": "false",
            **extra,
        }
        os.environ.update(environment)
        loaded = settings()
        migrate_all(loaded)
        create_topics(loaded)
        yield environment


def require_free(port: int, option: str) -> None:
    """Raise OperatorError when somebody listens on this loopback port already; 0 is always free."""
    if not port_is_free(port):
        raise OperatorError(
            f"port {port} is in use on this machine", f"Stop what uses it, or choose another with {option}."
        )
