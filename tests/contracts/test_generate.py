"""Generated files are up to date, and the check says what is not."""

from pathlib import Path

import pytest
import yaml

from contracts import generate
from contracts.events import EVENT_TYPES
from contracts.generators import picture
from contracts.topics import topics


def test_committed_files_are_what_the_models_say() -> None:
    assert generate.stale() == []


def test_check_names_what_is_missing_stale_or_left_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    generate.write(tmp_path)
    assert generate.stale(tmp_path) == []
    schemas = tmp_path / generate.SCHEMAS
    (schemas / "order.placed.v1.json").unlink()
    (schemas / "order.forgotten.v1.json").write_text("{}")
    (tmp_path / "docs/way-of-data.svg").write_text("<svg/>")
    monkeypatch.setattr(generate, "stale", lambda: STALE(tmp_path))
    assert generate.main(["--check"]) == 1
    said = capsys.readouterr().err
    assert "contracts/schemas/order.placed.v1.json: missing" in said
    assert "contracts/schemas/order.forgotten.v1.json: no longer generated" in said
    assert "docs/way-of-data.svg: differs" in said
    assert "python -m contracts.generate" in said
    generate.write(tmp_path)
    assert STALE(tmp_path) == []


STALE = generate.stale


def test_asyncapi_document_has_every_channel_message_and_operation() -> None:
    document = yaml.safe_load(generate.generated()[Path("contracts/asyncapi.yaml")])
    assert document["asyncapi"] == "3.0.0"
    assert list(document["channels"]) == list(topics())
    assert set(document["components"]["messages"]) == set(EVENT_TYPES)
    for topic in topics().values():
        channel = document["channels"][topic.name]
        assert tuple(channel["messages"]) == topic.events
        assert channel.get("x-dead-letter-topic") == topic.dead_letter_topic
        for party in topic.producers:
            assert document["operations"][f"{party}.send.{topic.name}"]["action"] == "send"
        for party in topic.consumers:
            assert document["operations"][f"{party}.receive.{topic.name}"]["action"] == "receive"
    assert len(document["operations"]) == sum(len(t.producers) + len(t.consumers) for t in topics().values())


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    files = generate.generated()
    document = yaml.safe_load(files[Path("contracts/asyncapi.yaml")])

    def references(node: object) -> list[str]:
        if isinstance(node, dict):
            found = [node["$ref"]] if "$ref" in node else []
            return found + [ref for value in node.values() for ref in references(value)]
        return [ref for item in node for ref in references(item)] if isinstance(node, list) else []

    for reference in references(document):
        if reference.startswith("./"):
            assert Path("contracts") / reference in files
            continue
        node = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


def test_picture_shows_every_topic_party_and_event_and_is_the_same_each_time() -> None:
    drawn, graph = picture.svg(), picture.mermaid()
    assert drawn == picture.svg()
    for topic in topics().values():
        assert f">{topic.name}</text>" in drawn
        assert all(name in drawn for name in picture.short_names(topic))
        for party in (*topic.producers, *topic.consumers):
            assert f">{party}</text>" in drawn
        assert all(f'w_{party}["{party}"]' in graph for party in topic.producers)
        assert all(f'r_{party}["{party}"]' in graph for party in topic.consumers)
    assert drawn.count("<path") == 2 * sum(len(t.producers) + len(t.consumers) for t in topics().values())
