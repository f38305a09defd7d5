"""Where a feed is sent: the broker, how to connect to it, and how its topics are called."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from contracts.topics import default_partitions
from services.kit.kafka import security
from services.kit.settings import Settings


@dataclass(frozen=True, slots=True)
class Target:
    """A broker. ``idempotent`` is off only for brokers without idempotent producers (the embedded one)."""

    bootstrap: str
    topic_prefix: str = ""
    partitions: int = default_partitions()
    idempotent: bool = True
    connection: Mapping[str, Any] = field(default_factory=dict)

    def topic(self, name: str) -> str:
        """Return the topic's name on the broker."""
        return f"{self.topic_prefix}{name}"

    def producer(self) -> AIOKafkaProducer:
        """Return a producer that waits for all replicas. Start and stop it."""
        return AIOKafkaProducer(
            bootstrap_servers=self.bootstrap.split(","),
            client_id="tallyman-feed",
            acks="all",
            enable_idempotence=self.idempotent,
            max_batch_size=524_288,
            linger_ms=0,
            **self.connection,
        )

    def consumer(self) -> AIOKafkaConsumer:
        """Return a consumer outside any group, to be given its partitions. Start and stop it."""
        return AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap.split(","),
            client_id="tallyman-feed",
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=50,
            **self.connection,
        )


def target_from(settings: Settings) -> Target:
    """Return the broker of the services' own settings."""
    from faststream.kafka.security import parse_security

    return Target(
        bootstrap=settings.kafka_bootstrap,
        topic_prefix=settings.topic_prefix,
        partitions=settings.partitions,
        idempotent=settings.kafka_idempotence,
        connection=parse_security(security(settings)),
    )
