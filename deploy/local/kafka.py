"""A real Apache Kafka in KRaft mode (broker and controller in one process), without containers."""

import base64
import shutil
import subprocess
import uuid
from collections.abc import Mapping
from pathlib import Path

from deploy.local.broker import BrokerProcess, serves_metadata
from deploy.local.kafka_jars import RECIPE, KafkaUnavailable, fetch_jars, java, why_unavailable
from deploy.local.ports import free_port
from deploy.local.processes import ProcessError, ProcessSpec
from deploy.local.temporary import temporary_folder

__all__ = ["ApacheKafka", "KafkaUnavailable", "why_unavailable"]


class ApacheKafka(BrokerProcess):
    """One Kafka node on loopback; its log survives `restart()` and, with a `data_dir`, the process.

    `data_dir` None means a temporary folder, deleted by `stop()`. `settings` are added to `server.properties`,
    `heap_mb` limits the Java heap. Raises KafkaUnavailable where Java 17 or (the first time) Maven is missing.
    """

    def __init__(
        self,
        data_dir: Path | None = None,
        port: int = 0,
        settings: Mapping[str, str] | None = None,
        *,
        heap_mb: int = 512,
        start_timeout_s: float = 90.0,
    ) -> None:
        port = port or free_port()
        self._java, self._jars = java(), fetch_jars()
        self._temporary = data_dir is None
        self.data_dir = (data_dir or temporary_folder("kafka")).absolute()
        self._controller_port = free_port()
        self._settings = settings or {}
        spec = ProcessSpec(
            name="kafka",
            argv=[
                *(self._java, f"-Xmx{heap_mb}m", f"-Xms{min(heap_mb, 256)}m", "-XX:+UseG1GC"),
                # Loopback clients give up after seconds, so long collections hurt more than frequent ones.
                *("-XX:MaxGCPauseMillis=20", "-XX:+ExitOnOutOfMemoryError", "-Djava.awt.headless=true"),
                *(self._log4j(), "-cp", self._classpath(), "kafka.Kafka", str(self._properties_path)),
            ],
            log_path=self.data_dir / "kafka.log",
            ready=lambda process: serves_metadata(port),
            ready_timeout_s=start_timeout_s,
            stop_timeout_s=30.0,
        )
        super().__init__(spec, port)

    @property
    def _properties_path(self) -> Path:
        return self.data_dir / "server.properties"

    def start(self) -> "ApacheKafka":
        """Format the folder the first time, start, and wait for a metadata answer; raises ProcessError."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._properties_path.write_text(self._properties())
        if not (self.data_dir / "log" / "meta.properties").exists():
            self._format()
        super().start()
        return self

    def stop(self) -> None:
        """Shut down; a temporary folder is deleted."""
        super().stop()
        if self._temporary:
            shutil.rmtree(self.data_dir, ignore_errors=True)

    def restart(self) -> None:
        """Start again on the same log and port, after a stop if it is running."""
        self.process.stop()
        self.start()

    def _format(self) -> None:
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        command = [
            *(self._java, "-XX:TieredStopAtLevel=1", "-Xmx128m", self._log4j(), "-cp", self._classpath()),
            *("kafka.tools.StorageTool", "format", "--standalone", f"--cluster-id={cluster_id}"),
            f"--config={self._properties_path}",
        ]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ProcessError(f"formatting {self.data_dir} for Kafka failed:\n{done.stdout}{done.stderr}")

    def _log4j(self) -> str:
        return f"-Dlog4j2.configurationFile={RECIPE / 'log4j2.properties'}"

    def _classpath(self) -> str:
        return f"{self._jars}/*"

    def _properties(self) -> str:
        settings = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{self._controller_port}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port}",
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.bootstrap.servers": f"127.0.0.1:{self._controller_port}",
            "log.dirs": str(self.data_dir / "log"),
            "auto.create.topics.enable": "false",
            "group.initial.rebalance.delay.ms": "0",
            "group.min.session.timeout.ms": "1000",
            # A killed broker is not let in again before its old session is over: 9 s by default.
            "broker.heartbeat.interval.ms": "500",
            "broker.session.timeout.ms": "4000",
            # One node: the internal topics cannot have the usual three replicas, nor need they 50 partitions.
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "8",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "transaction.state.log.num.partitions": "2",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            "share.coordinator.state.topic.num.partitions": "1",
        }
        return "".join(f"{key}={value}\n" for key, value in {**settings, **self._settings}.items())
