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
