"""A demo as a child of this process, for pictures and tests of the console over a whole simulated business."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.local.ports import free_port
from deploy.local.probes import http_ready
from deploy.local.processes import ManagedProcess, ProcessSpec, running

REPOSITORY = Path(__file__).resolve().parents[2]
TIMEOUT_S = 600.0
STOP_TIMEOUT_S = 60.0


@contextmanager
def demo(*options: str) -> Iterator[str]:
    """Give the address of a simulated business whose quarter is over, and which stands still from then on.

    Args:
        options: further words for ``tallyman demo``.

    Raises:
        ProcessError: it ended or took too long, with the end of its log.
    """
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    ready = http_ready(f"{address}/ready")
    with TemporaryDirectory() as folder:
        log = Path(folder) / "demo.log"

        def over(process: ManagedProcess) -> bool:
            return "Ctrl-C" in process.log_text() and ready(process)

        spec = ProcessSpec(
            name="demo",
            argv=[
                sys.executable,
                "-m",
                "deploy.cli",
                "demo",
                "--stay",
                "--day-seconds",
                "0",
                "--port",
                str(port),
                *options,
            ],
            cwd=REPOSITORY,
            log_path=log,
            ready=over,
            ready_timeout_s=TIMEOUT_S,
            stop_timeout_s=STOP_TIMEOUT_S,
        )
        with running(spec):
            yield address
