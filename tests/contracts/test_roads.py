"""The fast road of the codec never accepts what the models refuse, and never reads anything differently."""

import json
import re
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from contracts import wire
from contracts.bodies import plain_body
from contracts.codec import decode, decode_fast, decode_slowly
from contracts.envelope import Event
from contracts.errors import ContractError
from contracts.events import EVENT_TYPES
from contracts.generators import EXAMPLES
from contracts.generators.schemas import schema_of

# Values that do harm where nobody expects them: JSON tokens, and texts of an otherwise right JSON string.
ODD = json.loads((Path(__file__).parent / "odd_values.json").read_text("utf-8"))
DEEP = ["[" * 150 + "]" * 150, "[" * 300 + "]" * 300, '{"a":' * 300 + "1" + "}" * 300, "[" * 5000]
LONG = ["x" * 500, "x" * 501, "茶" * 500, "茶" * 501, "🏪" * 500, "🏪" * 501, "9" * 5000]
ODD_TOKENS: list[str] = [*ODD["tokens"], *DEEP, "9" * 5000]
ODD_TEXTS: list[str] = [*ODD["texts"], *LONG]

SCHEMAS = {name: Draft202012Validator(schema_of(model)) for name, model in EVENT_TYPES.items()}
DOCUMENTS = [json.loads(path.read_text("utf-8")) for path in sorted(EXAMPLES.glob("*.json"))]


@dataclass(frozen=True)
class Raw:
    """JSON text that json.dumps would not write."""

    text: str


@dataclass(frozen=True)
class Twice:
    """An object member given twice: first with this value, then with the right one, or the other way round."""

    value: Any
    first: bool


def dumps(node: Any) -> str:
    """JSON with the oddities above; like msgspec without spaces, non-ASCII as it is."""
    if isinstance(node, Raw):
        return node.text
    if isinstance(node, list):
        return f"[{','.join(map(dumps, node))}]"
    if isinstance(node, dict):
        return "{" + ",".join(_member(json.dumps(key), value) for key, value in node.items()) + "}"
    return json.dumps(node, ensure_ascii=False)


def _member(key: str, value: Any) -> str:
    if isinstance(value, tuple):
        right, twice = value
        pair = (dumps(twice.value), dumps(right)) if twice.first else (dumps(right), dumps(twice.value))
        return f"{key}:{pair[0]},{key}:{pair[1]}"
    return f"{key}:{dumps(value)}"


odd_values = st.one_of(
    st.sampled_from(ODD_TEXTS),
    st.sampled_from(ODD_TOKENS).map(Raw),
    st.text(max_size=8),
    st.integers(-2, 4_000),
    st.floats(),
    st.from_regex(wire.AMOUNT_PATTERN),
    st.from_regex(wire.DATETIME_PATTERN),
)


def paths(node: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something can be changed."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path for key, value in items for path in ((*here, key), *paths(value, (*here, key)))]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """An example with one to three changes to its members, or to its bytes."""
    document = json.loads(json.dumps(draw(st.sampled_from(DOCUMENTS))))
    for _ in range(draw(st.integers(1, 3))):
        _change(draw, document, draw(st.sampled_from(paths(document))))
    raw = dumps(document).encode("utf-8", "surrogatepass")
    return _change_bytes(draw, raw) if draw(st.integers(0, 3)) == 0 else raw


def _change(draw: st.DrawFn, document: Any, path: tuple[Any, ...]) -> None:
    *way, last = path
    parent = document
    for step in way:
        parent = parent[step] if not isinstance(parent, tuple) else parent[0][step]
        if not isinstance(parent, (dict, list, tuple)):
            return
    if isinstance(parent, tuple):
        return
    kind = draw(st.sampled_from(["replace", "replace", "replace", "remove", "add", "twice", "repeat"]))
    if kind == "remove" and last in (parent if isinstance(parent, dict) else range(len(parent))):
        del parent[last]
    elif kind == "add" and isinstance(parent, dict):
        parent[draw(st.sampled_from(["x", "limit", "", "é", "type", "data"]))] = draw(odd_values)
    elif (
        kind == "twice"
        and isinstance(parent, dict)
        and last in parent
        and not isinstance(parent[last], tuple)
    ):
        parent[last] = (parent[last], Twice(draw(odd_values), draw(st.booleans())))
    elif kind == "repeat" and isinstance(parent, list):
        parent.extend(parent * draw(st.sampled_from([1, 25, 60])))
    elif isinstance(parent, dict) or last < len(parent):
        parent[last] = draw(odd_values)


def _change_bytes(draw: st.DrawFn, raw: bytes) -> bytes:
    at = draw(st.integers(0, len(raw)))
    piece = draw(
        st.one_of(
            st.binary(max_size=3),
            st.sampled_from(
                [
                    b"\xef\xbb\xbf",
                    b"\x00",
                    b"\xff",
                    b" ",
                    b"\n",
                    b",",
                    b'"',
                    b"\\",
                    b"}",
                    b"\xe2\x80\xae",
                    b"\xed\xa0\x80",
                ]
            ),
        )
    )
    return raw[:at] + piece + raw[at + draw(st.integers(0, 2)) :]


def plain(event: Event[Any]) -> dict[str, Any]:
    data = plain_body(event.data)
    return {
        "id": event.id,
        "type": event.type,
        "version": event.version,
        "occurred_at": event.occurred_at.isoformat(),
        "key": event.key,
        "producer": event.producer,
        "trace": event.trace,
        "data": data,
        "digest": event.digest,
    }


def check_roads_agree(raw: bytes) -> str:
    """Whatever the fast road accepts, pydantic accepts and reads the same; nothing but ContractError is raised."""
    fast = decode_fast(raw)
    slow = refusal = None
    try:
        slow = decode_slowly(raw)
    except ContractError as error:
        refusal = error
    if slow is None:
        assert fast is None, f"the fast road accepted what the model refuses: {refusal}"
        assert refusal
        assert refusal.reason
        return "refused"
    if fast is not None:
        assert plain(fast) == plain(slow)
        return "fast"
    return "slow"


@settings(max_examples=1500, deadline=None)
@given(raw=mutated())
def test_mutated_examples(raw: bytes) -> None:
    check_roads_agree(raw)


@pytest.mark.parametrize("name", sorted(EVENT_TYPES))
def test_every_odd_value_in_every_field(name: str) -> None:
    outcomes: dict[str, int] = {}
    for original in (document for document in DOCUMENTS if document["type"] == name):
        for path in paths(original):
            for value in (*ODD_TEXTS, *map(Raw, ODD_TOKENS)):
                document = json.loads(json.dumps(original))
                parent = document
                for step in path[:-1]:
                    parent = parent[step]
                parent[path[-1]] = value
                outcome = check_roads_agree(dumps(document).encode())
                outcomes[outcome] = outcomes.get(outcome, 0) + 1
    # All three happened, so the test looks at what it says it does.
    assert outcomes.keys() == {"fast", "slow", "refused"}


@settings(max_examples=300, deadline=None)
@given(raw=mutated())
def test_what_is_accepted_is_valid_by_the_published_schema(raw: bytes) -> None:
    with suppress(ContractError):
        SCHEMAS[decode(raw).type].validate(json.loads(raw))


@settings(max_examples=300, deadline=None)
@given(raw=st.binary(max_size=200))
def test_any_bytes_are_an_event_or_a_contract_error(raw: bytes) -> None:
    with suppress(ContractError):
        decode(raw)


@pytest.mark.parametrize("alias", [wire.Id, wire.Text])
def test_plain_spelling_allows_no_character_that_the_pattern_refuses(alias: Any) -> None:
    # Both are one repeated class of characters, so looking at each character once is a proof.
    (mark,) = (item for item in get_args(alias) if isinstance(item, wire.Wire))
    assert mark.pattern
    spelled, allowed = re.compile(mark.plain.encode("latin-1")), re.compile(mark.pattern)
    wrong = []
    for code in range(sys.maxunicode + 1):
        if 0xD800 <= code <= 0xDFFF:
            continue
        encoded = msgspec.json.encode(chr(code))[1:-1]
        if spelled.fullmatch(encoded) and not allowed.fullmatch(chr(code)):
            wrong.append(hex(code))
    assert wrong == []


def test_an_ordinary_order_takes_the_fast_road() -> None:
    raw = (EXAMPLES / "order.placed.v1.json").read_bytes()
    assert decode_fast(raw) is not None
    assert decode_fast(json.dumps(json.loads(raw), separators=(",", ":")).encode()) is not None


def test_the_fast_road_reads_the_largest_order() -> None:
    document = json.loads((EXAMPLES / "order.placed.v1.json").read_text("utf-8"))
    document["data"]["lines"] = document["data"]["lines"] * 1000
    assert check_roads_agree(json.dumps(document).encode()) == "fast"
    document["data"]["lines"].append(document["data"]["lines"][0])
    assert check_roads_agree(json.dumps(document).encode()) == "refused"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2026-03-31T09:30:00+08:00", "2026-03-31T01:30:00Z", True),
        ("2026-03-31T01:30:00.500Z", "2026-03-31T01:30:00.5+00:00", True),
        ("2026-03-31T01:30:00Z", "2026-03-31T01:30:00.000001Z", False),
    ],
)
def test_digest_is_over_the_instant_not_its_spelling(one: str, other: str, same: bool) -> None:
    document = json.loads((EXAMPLES / "order.placed.v1.json").read_text("utf-8"))
    digests = [decode(json.dumps({**document, "occurred_at": at}).encode()).digest for at in (one, other)]
    assert (digests[0] == digests[1]) is same


def test_digest_is_over_the_facts_not_their_spelling() -> None:
    document = json.loads((EXAMPLES / "order.placed.v1.json").read_text("utf-8"))
    digest = decode(json.dumps(document).encode()).digest
    reordered = dict(reversed(document.items())) | {"id": "another", "trace": None, "store": "north"}
    assert decode(json.dumps(reordered, indent=3).encode()).digest == digest
    for change in ({"key": "C-9"}, {"data": {**document["data"], "amount": "1234.51"}}):
        assert decode(json.dumps({**document, **change}).encode()).digest != digest
