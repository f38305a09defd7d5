"""The compatibility check: each kind of change gets the right verdict, and the words that explain it."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from contracts.compat import __main__ as command
from contracts.compat.change import Verdict
from contracts.compat.snapshot import Snapshot, current

NOW = current()
BREAKING, CONSUMERS, PRODUCERS, ANY = Verdict
Edit = Callable[[Snapshot], object]


def body(now: Snapshot, event: str = "order.placed", model: str = "OrderPlaced") -> dict[str, Any]:
    found: dict[str, Any] = now.schemas[event]["$defs"][model]
    return found


def field(
    now: Snapshot, name: str, event: str = "order.placed", model: str = "OrderPlaced"
) -> dict[str, Any]:
    found: dict[str, Any] = body(now, event, model)["properties"][name]
    return found


def topic(now: Snapshot, name: str = "orders") -> dict[str, Any]:
    found: dict[str, Any] = now.topics["topics"][name]
    return found


def rename(properties: dict[str, Any], old: str, new: str) -> None:
    properties[new] = properties.pop(old)


SCHEMA_CHANGES: list[tuple[str, Edit, Verdict, str]] = [
    (
        "field removed",
        lambda n: body(n)["properties"].pop("salesperson_id"),
        BREAKING,
        "data.salesperson_id: field removed",
    ),
    (
        "field renamed",
        lambda n: rename(body(n)["properties"], "salesperson_id", "seller_id"),
        BREAKING,
        "data.salesperson_id: field removed (renamed to seller_id?)",
    ),
    (
        "field of a line removed",
        lambda n: body(n, model="OrderLine")["properties"].pop("unit_price"),
        BREAKING,
        "data.lines[].unit_price: field removed",
    ),
    (
        "new required field",
        lambda n: (
            body(n)["properties"].update(store={"type": "string"}),
            body(n)["required"].append("store"),
        ),
        BREAKING,
        "data.store: new required field",
    ),
    (
        "now required",
        lambda n: body(n)["required"].append("lines"),
        BREAKING,
        "data.lines: optional field is now required",
    ),
    (
        "type",
        lambda n: field(n, "amount").update(type="number"),
        BREAKING,
        "data.amount: may no longer be string",
    ),
    (
        "null no longer allowed",
        lambda n: field(n, "promised_on")["anyOf"].pop(),
        BREAKING,
        "data.promised_on: may no longer be null",
    ),
    (
        "enum value gone",
        lambda n: field(n, "payment_method")["enum"].remove("cash"),
        BREAKING,
        "data.payment_method: may no longer be cash",
    ),
    (
        "enum where none was",
        lambda n: field(n, "currency").update(enum=["CNY"]),
        BREAKING,
        "must now be one of ['CNY']",
    ),
    (
        "pattern",
        lambda n: field(n, "order_id").update(pattern="^[A-Z]+$"),
        BREAKING,
        "data.order_id: pattern is now ^[A-Z]+$",
    ),
    (
        "format",
        lambda n: field(n, "order_id").update(format="uuid"),
        BREAKING,
        "format is now uuid, was not there",
    ),
    ("shorter", lambda n: field(n, "order_id").update(maxLength=20), BREAKING, "maxLength is now 20, was 64"),
    (
        "fewer items",
        lambda n: field(n, "lines").update(maxItems=100),
        BREAKING,
        "maxItems is now 100, was 2000",
    ),
    (
        "new bound",
        lambda n: field(n, "lines").update(minItems=1),
        BREAKING,
        "minItems is now 1, was not there",
    ),
    (
        "default",
        lambda n: field(n, "payment_method").update(default="prepaid"),
        BREAKING,
        "default is now 'prepaid', was 'account'",
    ),
    (
        "envelope field",
        lambda n: n.schemas["order.placed"]["properties"].pop("trace"),
        BREAKING,
        "order.placed trace: field removed",
    ),
    (
        "version back",
        lambda n: n.schemas["order.placed"]["properties"]["version"].update(maximum=0),
        BREAKING,
        "order.placed version: maximum is now 0, was 1",
    ),
    (
        "new optional field",
        lambda n: body(n)["properties"].update(store={"type": "string", "default": ""}),
        ANY,
        "data.store: new optional field",
    ),
    (
        "no longer required",
        lambda n: body(n)["required"].remove("currency"),
        CONSUMERS,
        "data.currency: required field is now optional",
    ),
    (
        "new enum value",
        lambda n: field(n, "payment_method")["enum"].append("barter"),
        CONSUMERS,
        "may now be barter",
    ),
    ("enum gone", lambda n: field(n, "payment_method").pop("enum"), CONSUMERS, "may now be any value"),
    ("longer", lambda n: field(n, "order_id").update(maxLength=80), CONSUMERS, "maxLength is now 80, was 64"),
    (
        "bound gone",
        lambda n: field(n, "lines").pop("maxItems"),
        CONSUMERS,
        "maxItems is now not there, was 2000",
    ),
    ("pattern gone", lambda n: field(n, "order_id").pop("pattern"), CONSUMERS, "is gone"),
    (
        "null allowed",
        lambda n: body(n)["properties"].update(currency={"anyOf": [field(n, "currency"), {"type": "null"}]}),
        CONSUMERS,
        "data.currency: may now be null",
    ),
    (
        "new version",
        lambda n: n.schemas["order.placed"]["properties"]["version"].update(maximum=2),
        CONSUMERS,
        "order.placed version: maximum is now 2, was 1",
    ),
]

TOPIC_CHANGES: list[tuple[str, Edit, Verdict, str]] = [
    (
        "partitions",
        lambda n: n.topics.update(partitions=16),
        BREAKING,
        "all topics: partitions are now 16, were 8",
    ),
    (
        "key",
        lambda n: topic(n).update(key="broadcast"),
        BREAKING,
        "topic orders: key is now broadcast, was customer_id",
    ),
    ("topic gone", lambda n: n.topics["topics"].pop("alerts"), BREAKING, "topic alerts: removed"),
    (
        "event gone",
        lambda n: (topic(n)["events"].remove("order.returned"), n.schemas.pop("order.returned")),
        BREAKING,
        "order.returned: event type removed",
    ),
    (
        "event moved",
        lambda n: (
            topic(n)["events"].remove("order.invoiced"),
            topic(n, "payments")["events"].append("order.invoiced"),
        ),
        BREAKING,
        "order.invoiced: moved from topic orders to payments",
    ),
    (
        "new event",
        lambda n: (topic(n)["events"].append("order.split"), n.schemas.update({"order.split": {}})),
        CONSUMERS,
        "order.split: new event type on orders",
    ),
    (
        "new topic",
        lambda n: n.topics["topics"].update(visits={**topic(n), "events": []}),
        CONSUMERS,
        "topic visits: new topic: create it",
    ),
    ("shorter", lambda n: topic(n).update(retention_days=7), ANY, "kept for 7 days, was 365: what is older"),
    ("longer", lambda n: topic(n).update(retention_days=999), ANY, "kept for 999 days, was 365: the brokers"),
    (
        "new reader",
        lambda n: topic(n)["consumers"].append("customers"),
        ANY,
        "customers is new among its consumers",
    ),
    (
        "reader gone",
        lambda n: topic(n)["consumers"].remove("insights"),
        CONSUMERS,
        "insights is gone from its consumers",
    ),
    (
        "writer gone",
        lambda n: topic(n)["producers"].remove("erp"),
        PRODUCERS,
        "erp is gone from its producers",
    ),
    (
        "dead letters",
        lambda n: topic(n).update(dead_letter_topic="dlq"),
        CONSUMERS,
        "dead letters now go to dlq",
    ),
]


@pytest.mark.parametrize(
    ("edit", "verdict", "words"),
    [pytest.param(*change, id=name) for name, *change in SCHEMA_CHANGES + TOPIC_CHANGES],
)
def test_verdict(edit: Edit, verdict: Verdict, words: str) -> None:
    before, after = NOW, copy.deepcopy(NOW)
    edit(after)
    changes = before.changes_to(after)
    telling = [change for change in changes if words in str(change)]
    assert [change.verdict for change in telling] == [verdict], [str(change) for change in changes]
    worst = BREAKING if any(change.verdict is BREAKING for change in changes) else verdict
    assert worst is verdict, [str(change) for change in changes]
    # It fails exactly when something breaks, and prints what and why.
    said: list[str] = []
    assert command.report(changes, said.append) is (verdict is BREAKING)
    assert verdict.value in "".join(said)
    assert words in "".join(said)


def test_words_for_people_are_no_change() -> None:
    before, after = NOW, copy.deepcopy(NOW)
    for schema in after.schemas.values():
        schema["title"] = schema["description"] = "Another"
        for definition in schema["$defs"].values():
            definition["description"] = "Another"
    field(after, "amount")["description"] = "Another"
    assert before.changes_to(after) == []


def test_a_field_may_be_called_title() -> None:
    before, after = NOW, copy.deepcopy(NOW)
    body(after, "alert.raised", "AlertRaised")["properties"].pop("title")
    assert [
        "alert.raised data.title: field removed" in str(change) for change in before.changes_to(after)
    ] == [True]
