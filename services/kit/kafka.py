"""The connections to the broker: FastStream builds them, so that security and client options are said once."""

import ssl
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from services.kit.settings import Settings


def security(settings: Settings) -> BaseSecurity | None:
    """Return FastStream's description of how to authenticate and encrypt, or None for a plain connection."""
    protocol = settings.kafka_security_protocol
    context = None
    if protocol.endswith("SSL"):
        context = ssl.create_default_context(cafile=settings.kafka_ca_file or None)
    if protocol.startswith("SASL"):
        kind = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}
        return kind[settings.kafka_sasl_mechanism](
            username=settings.kafka_username,
            password=settings.kafka_password.get_secret_value(),
            ssl_context=context,
            use_ssl=context is not None,
        )
    return BaseSecurity(ssl_context=context, use_ssl=True) if context else None


def kafka_broker(settings: Settings, service: str) -> KafkaBroker:
    """Return a FastStream broker that only consumes; publishing goes through the outbox's own producer."""
    return KafkaBroker(
        settings.kafka_bootstrap.split(","),
        client_id=f"tallyman-{service}",
        consumer_only=True,
        allow_auto_create_topics=False,
        security=security(settings),
        logger=None,
    )


def consumer_options(settings: Settings, group: str, listener: ConsumerRebalanceListener) -> dict[str, Any]:
    """Return the options of the fenced consumer's subscriber.

    Range assignment keeps equal partition numbers of all topics on one member. Nothing is committed to Kafka: the
    offsets are in PostgreSQL, and every assignment begins with a seek, so "latest" only avoids a useless first fetch.
    """
    return {
        "group_id": f"{settings.topic_prefix}tallyman-{group}",
        "listener": listener,
        # The default lets aiokafka commit every few seconds, which would tell operators of offsets that mean nothing.
        "ack_policy": AckPolicy.MANUAL,
        "partition_assignment_strategy": [RangePartitionAssignor],
        "auto_offset_reset": "latest",
        "fetch_max_wait_ms": settings.fetch_max_wait_ms,
        "session_timeout_ms": settings.kafka_session_timeout_ms,
        "heartbeat_interval_ms": max(300, settings.kafka_session_timeout_ms // 4),
        "max_partition_fetch_bytes": 4_194_304,
        "isolation_level": "read_committed" if settings.kafka_idempotence else "read_uncommitted",
    }


def kafka_producer(settings: Settings, service: str) -> AIOKafkaProducer:
    """Return the producer of the outbox: all replicas acknowledge, no duplicates where the broker can tell."""
    from faststream.kafka.security import parse_security

    return AIOKafkaProducer(
        bootstrap_servers=settings.kafka_bootstrap.split(","),
        client_id=f"tallyman-{service}",
        acks="all",
        enable_idempotence=settings.kafka_idempotence,
        max_batch_size=524_288,
        linger_ms=0,
        **parse_security(security(settings)),
    )
