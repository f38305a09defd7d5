"""``tallyman topics``: the topic map, on paper and on the broker."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from deploy.local.topics import TopicSpec
    from services.kit.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The topic map, on paper and on the broker.")

DAY_MS = 86_400_000


@app.command()
def create(
    replication_factor: Annotated[
        int, typer.Option(envvar="TALLYMAN_REPLICATION_FACTOR", min=1, help="Copies of each partition.")
    ] = 1,
    data_dir: Annotated[Path, typer.Option(help="Folder of a local installation.")] = Path("var"),
) -> None:
    """Create the topics that are missing. Existing ones are checked, never changed."""
    from deploy.cli.settings import broker_settings

    tell(create_topics(broker_settings(data_dir), replication_factor))


def tell(created: list[str]) -> None:
    """Print which topics were created."""
    typer.echo(f"topics created: {', '.join(created)}" if created else "topics: all there")


@app.command()
def show() -> None:
    """Print the topic map: who writes and who reads what, how it is keyed and how long it is kept."""
    from contracts.topics import topics

    for topic in topics().values():
        typer.echo(f"{topic.name}: keyed by {topic.key}, kept {topic.retention_days} days")
        typer.echo(f"    written by {', '.join(topic.producers)}; read by {', '.join(topic.consumers)}")
        typer.echo(f"    {', '.join(topic.events)}")


@app.command("new-log")
def new_log(
    yes: Annotated[bool, typer.Option("--yes", help="Yes, all services are stopped.")] = False,
    data_dir: Annotated[Path, typer.Option(help="Folder of a local installation.")] = Path("var"),
) -> None:
    """Declare the broker's log a new one, after it lost a part: see 'A log that went backwards' in deploy/runbook.md.

    The services then read it from its beginning, drop what they have, and publish their outboxes again.
    """
    from deploy.cli.errors import OperatorError
    from deploy.cli.settings import broker_settings

    if not yes:
        raise OperatorError("stop all services first", "Then say so with --yes.")
    forgotten = asyncio.run(_forget_identity(broker_settings(data_dir)))
    typer.echo(
        "the log has no identity any more: start the services" if forgotten else "the log had no identity"
    )


async def _forget_identity(loaded: "Settings") -> bool:
    """Delete the topic with the log's identity, and wait until it is gone; return whether there was one."""
    from aiokafka.admin import AIOKafkaAdminClient
    from faststream.kafka.security import parse_security

    from services.kit.kafka import security
    from services.kit.log_identity import TOPIC

    topic = loaded.topic(TOPIC)
    bootstrap = loaded.kafka_bootstrap.split(",")
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **parse_security(security(loaded)))
    await admin.start()
    try:
        known = topic in await admin.list_topics()
        if known:
            await admin.delete_topics([topic])
        async with asyncio.timeout(30):
            while topic in await admin.list_topics():
                await asyncio.sleep(0.1)
        return known
    finally:
        await admin.close()


def create_topics(loaded: "Settings", replication_factor: int = 1) -> list[str]:
    """Create the missing topics on the broker of ``loaded``; return their names.

    Raises:
        TopicError: the broker refuses, or a topic has another number of partitions.
    """
    from deploy.local.topics import ensure_topics

    specs = topic_specs(loaded, replication_factor)
    return asyncio.run(ensure_topics(loaded.kafka_bootstrap, specs, replication_factor=replication_factor))


def topic_specs(loaded: "Settings", replication_factor: int = 1) -> "list[TopicSpec]":
    """Return name, partitions and configuration of every topic, as the broker is to have them."""
    from contracts.topics import topics

    common = {"cleanup.policy": "delete"}
    if replication_factor > 2:
        # acks=all means all replicas in sync; without this, one would do.
        common["min.insync.replicas"] = "2"
    return [
        (
            loaded.topic(topic.name),
            loaded.partitions,
            {**common, "retention.ms": str(topic.retention_days * DAY_MS)},
        )
        for topic in topics().values()
    ]
