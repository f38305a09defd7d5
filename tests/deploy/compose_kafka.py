"""Apache Kafka started with the environment of the compose file, turned into properties as its image does."""

import os
import subprocess
from pathlib import Path
from typing import Any

from deploy.local.kafka import ApacheKafka
from deploy.local.ports import free_port
from deploy.local.processes import ProcessError


class ComposeKafka(ApacheKafka):
    """The broker of the compose file: same settings, but ports and folders of this machine."""

    def __init__(self, environment: dict[str, Any], data_dir: Path) -> None:
        super().__init__(data_dir)
        self._environment = {name: str(value) for name, value in environment.items()}
        self._outside_port = free_port()

    def _properties(self) -> str:
        properties = {
            name.removeprefix("KAFKA_").lower().replace("_", "."): self._of_this_machine(value)
            for name, value in self._environment.items()
            if name.startswith("KAFKA_") and name != "KAFKA_HEAP_OPTS"
        }
        return "".join(f"{name}={value}\n" for name, value in properties.items())

    def _of_this_machine(self, value: str) -> str:
        replacements = {
            "INSIDE://:9092": f"INSIDE://127.0.0.1:{self.port}",
            "INSIDE://kafka:9092": f"INSIDE://127.0.0.1:{self.port}",
            "OUTSIDE://:9094": f"OUTSIDE://127.0.0.1:{self._outside_port}",
            "OUTSIDE://localhost:9094": f"OUTSIDE://127.0.0.1:{self._outside_port}",
            "CONTROLLER://:9093": f"CONTROLLER://127.0.0.1:{self._controller_port}",
            "1@kafka:9093": f"1@127.0.0.1:{self._controller_port}",
            "/var/lib/kafka/data": str(self.data_dir / "log"),
        }
        for theirs, ours in replacements.items():
            value = value.replace(theirs, ours)
        return value

    def _format(self) -> None:
        # As the image does it: with the voters of the properties, not --standalone.
        command = [
            *(self._java, "-XX:TieredStopAtLevel=1", "-Xmx128m", self._log4j(), "-cp", self._classpath()),
            *("kafka.tools.StorageTool", "format", f"--cluster-id={self._environment['CLUSTER_ID']}"),
            f"--config={self._properties_path}",
        ]
        done = subprocess.run(
            command, env=os.environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise ProcessError(done.stdout + done.stderr)
