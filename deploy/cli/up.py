"""``tallyman up``: everything in one process on this machine, on data that survives a restart."""

import threading
import time
from pathlib import Path

import typer

from deploy.cli.errors import ending_in_order
from deploy.cli.local import local_infrastructure, require_free
from deploy.cli.ready import wait_ready
from deploy.cli.settings import remember_running

SLOW_START_S = 60.0

NATURE = """\
Tallyman on one machine.
What it is:     the whole system, for trying it out, building against it, and a single small office. Every decision is
                on disk before it is told (fsync on), and survives a restart or a power cut.
What it is not: a place for the only copy of your events. The embedded broker keeps its log in memory: an event that
                a till has published and no service has read yet is gone if this process ends. There is one copy of
                the data and no login: every program on this machine may do everything.
                For production see docker-compose.yml.
"""

WELCOME = """\
Ready after {seconds:.0f} s.
  {console:<32} the console: held orders, alerts, forecasts
  {address:<32} what is running, and each service's API documentation
  {bootstrap:<32} Kafka protocol, for events
  {data_dir!s:<32} the data; delete the folder to begin anew
`tallyman verify`, `dead-letters` and `replay` find it by themselves. Ctrl-C ends it, and everything it has started.
"""


def run(data_dir: Path, port: int, broker_port: int, clock: str) -> None:
    """Start everything and serve until Ctrl-C or SIGTERM."""
    data_dir = data_dir.absolute()
    require_free(port, "--port")
    require_free(broker_port, "--broker-port")
    began = time.monotonic()
    typer.echo(NATURE)
    typer.echo(f"Starting PostgreSQL, a broker and four services on {data_dir} ...")
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
        address = f"http://127.0.0.1:{port}/"
        bootstrap = environment["TALLYMAN_KAFKA_BOOTSTRAP"]
        announcement = threading.Thread(
            target=_announce, args=(address, bootstrap, data_dir, began), daemon=True
        )
        announcement.start()
        try:
            from deploy.cli.serve import run as serve

            serve("all", "127.0.0.1", port)
        finally:
            file.unlink(missing_ok=True)


def _announce(address: str, bootstrap: str, data_dir: Path, began: float) -> None:
    """Say when it is ready; meanwhile, should it take long, what it is waiting for."""
    while problems := wait_ready(address, SLOW_START_S):
        typer.echo("Not ready yet: " + "; ".join(problems))
    seconds = time.monotonic() - began
    console = f"{address}console/"
    typer.echo(
        WELCOME.format(
            seconds=seconds, console=console, address=address, bootstrap=bootstrap, data_dir=data_dir
        )
    )
