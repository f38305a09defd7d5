"""The golden examples: real consumers and producers may rely on every one of them, in every later version."""

import json
from pathlib import Path

import msgspec
import pytest
from jsonschema import Draft202012Validator

from contracts.bodies import plain_body
from contracts.codec import decode, decode_fast, decode_slowly, encode
from contracts.events import EVENT_TYPES, EventData
from contracts.generators import EXAMPLES
from contracts.generators.schemas import schema_name, schema_of
from contracts.topics import topics

FILES = sorted(EXAMPLES.glob("*.json"))


@pytest.fixture(params=FILES, ids=lambda path: path.name)
def example(request: pytest.FixtureRequest) -> bytes:
    path: Path = request.param
    return path.read_bytes()


def test_every_event_type_has_a_plain_example_and_no_file_is_an_orphan() -> None:
    plain = {schema_name(model) for model in EVENT_TYPES.values()}
    assert plain <= {path.name for path in FILES}
    prefixes = tuple(name.removesuffix("json") for name in plain)
    assert [path.name for path in FILES if not path.name.startswith(prefixes)] == []


def test_example_is_valid_by_its_schema(example: bytes) -> None:
    document = json.loads(example)
    schema = schema_of(EVENT_TYPES[document["type"]])
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(document)


def test_both_roads_read_an_example_alike(example: bytes) -> None:
    slow = decode_slowly(example)
    fast = decode_fast(example)
    assert isinstance(slow.data, EventData)
    if fast is None:  # Escapes in a text: the fast road leaves that to pydantic.
        assert b"\\" in example
        return
    assert not isinstance(fast.data, EventData)
    assert plain_body(fast.data) == plain_body(slow.data)
    for name in ("id", "type", "version", "occurred_at", "key", "producer", "trace", "digest"):
        assert getattr(fast, name) == getattr(slow, name), name


def test_example_survives_the_way_out_and_in_again(example: bytes) -> None:
    event = decode(example)
    again = decode(encode(event))
    assert plain_body(again.data) == plain_body(event.data)
    assert (again.id, again.occurred_at, again.digest) == (event.id, event.occurred_at, event.digest)
    assert again.occurred_at.utcoffset() == event.occurred_at.utcoffset()


def test_pydantic_and_msgspec_encode_a_body_to_the_same_bytes(example: bytes) -> None:
    # The digest of an event is over these bytes, whichever road it came by.
    slow = decode_slowly(example)
    assert slow.data.model_dump_json().encode() == msgspec.json.encode(slow.data.model_dump())


def test_saying_what_is_the_default_says_nothing(example: bytes) -> None:
    # So the digest of an event delivered again stays the same when a later version of its model has more fields.
    document = json.loads(example)
    full = json.loads(decode_slowly(example).data.model_dump_json())
    least = json.loads(decode_slowly(example).data.model_dump_json(exclude_defaults=True))
    digests = {decode(json.dumps({**document, "data": data}).encode()).digest for data in (full, least)}
    assert digests == {decode(example).digest}


def test_example_has_the_key_its_topic_asks_for(example: bytes) -> None:
    document = json.loads(example)
    topic = topics()[EVENT_TYPES[document["type"]].TOPIC]
    if topic.subject is not None:
        assert document["key"] == document["data"][topic.subject]
    if topic.key == "service":
        assert document["key"] == document["producer"]


def test_examples_cover_the_edges() -> None:
    documents = [json.loads(path.read_text("utf-8")) for path in FILES]
    limits = [document["data"]["limit"] for document in documents if "limit" in document["data"]]
    assert None in limits
    assert "0" in limits
    assert any(
        d["data"].get("currency") == "JPY" and "." not in d["data"]["amount"]
        for d in documents
        if "amount" in d["data"]
    )
    assert any(not path.read_text("utf-8").isascii() for path in FILES)
    assert len({document["id"] for document in documents}) == len(documents)
