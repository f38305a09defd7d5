"""What Tallyman asks of a Kafka-compatible broker on this machine, whichever it is."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Protocol, Self

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from deploy.local.probes import tcp_answers
from deploy.local.processes import ManagedProcess, ProcessSpec


class Broker(Protocol):
    """A broker on this machine that can be started, stopped and killed."""

    @property
    def name(self) -> str:
        """Which broker it is."""

    @property
    def bootstrap(self) -> str:
        """Address for Kafka clients, host:port."""

    @property
    def pid(self) -> int:
        """Process id; raises ProcessError when it is not running."""

    def start(self) -> Self:
        """Start and wait until the broker answers a Kafka metadata request; raises ProcessError."""

    def stop(self) -> None:
        """End the broker; does nothing when it is not running."""

    def kill(self) -> None:
        """kill -9."""


class BrokerProcess:
    """A broker that is one child process on one loopback port."""

    def __init__(self, spec: ProcessSpec, port: int) -> None:
        self.port = port
        self.process = ManagedProcess(spec)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def name(self) -> str:
        """Which broker it is."""
        return self.process.name

    @property
    def bootstrap(self) -> str:
        """Address for Kafka clients, host:port."""
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Process id; raises ProcessError when it is not running."""
        return self.process.pid

    @property
    def running(self) -> bool:
        """Whether the broker's process is there."""
        return self.process.running

    def start(self) -> Self:
        """Start and wait until the broker answers a Kafka metadata request; raises ProcessError."""
        self.process.start()
        return self

    def stop(self) -> None:
        """End the broker; does nothing when it is not running."""
        self.process.stop()

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()

    def restart(self) -> None:
        """Start again on the same port, after a stop if it is running."""
        self.process.restart()

    def suspend(self) -> None:
        """Freeze the broker: connections stay open and nothing is answered."""
        self.process.suspend()

    def resume(self) -> None:
        """Let a frozen broker go on."""
        self.process.resume()


def serves_metadata(port: int) -> bool:
    """Whether a broker on this loopback port names itself in a metadata answer, so that it takes requests."""
    if not tcp_answers(port):
        return False
    # A thread, since the caller may be inside an event loop of its own.
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, _names_itself(port)).result()


async def _names_itself(port: int) -> bool:
    client = AIOKafkaClient(bootstrap_servers=f"127.0.0.1:{port}", request_timeout_ms=2_000)
    try:
        await client.bootstrap()
        return any(broker.port == port for broker in client.cluster.brokers())
    except (KafkaError, OSError):
        return False
    finally:
        await client.close()
