"""``tallyman up``: everything in one process on this machine, on data that survives a restart."""

from pathlib import Path

import typer

from deploy.cli.errors import ending_in_order
from deploy.cli.local import local_infrastructure, require_free
from deploy.cli.settings import remember_running

WELCOME = """\
Tallyman is running.

  http://127.0.0.1:{port}/          what is running, and links to each service's API documentation
  {bootstrap:<30} Kafka protocol, for events (embedded broker, no login)
  {data_dir}   the data; delete the folder to begin anew

What it is:     the whole system on one machine, for trying it out, building against it, and a single small office.
                Every decision is on disk before it is told (fsync on), and survives a restart or a power cut.
What it is not: a place for the only copy of your events. The embedded broker keeps its log in memory: an event that a
                till has published and no service has read yet is gone if this process ends. There is one copy of the
                data, no login (every caller may do everything, from this machine only), and no backup.
                For production see docker-compose.yml.

Ctrl-C ends it, and everything it has started.
"""


def run(data_dir: Path, port: int, broker_port: int, clock: str) -> None:
    """Start everything and serve until Ctrl-C or SIGTERM."""
    data_dir = data_dir.absolute()
    require_free(port, "--port")
    require_free(broker_port, "--broker-port")
    typer.echo(f"Starting PostgreSQL and a broker on {data_dir} ...")
    with (
        ending_in_order(),
        local_infrastructure(
            data_dir,
            broker_port,
            TALLYMAN_CLOCK=clock,
            TALLYMAN_ALLOW_ANONYMOUS="true",
            TALLYMAN_LOG_FORMAT="console",
            TALLYMAN_LOG_LEVEL="WARNING",
        ) as environment,
    ):
        file = remember_running(data_dir, environment)
        try:
            typer.echo(
                WELCOME.format(
                    port=port, bootstrap=environment["TALLYMAN_KAFKA_BOOTSTRAP"], data_dir=data_dir
                )
            )
            from deploy.cli.serve import run as serve

            serve("all", "127.0.0.1", port)
        finally:
            file.unlink(missing_ok=True)
