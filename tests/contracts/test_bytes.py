"""Bad bytes as they really arrive: each is refused with the field and a reason that helps the person who sent it."""

import json
from typing import Any

import pytest

from contracts.codec import MAX_EVENT_BYTES, decode
from contracts.errors import ContractError
from contracts.generators import EXAMPLES

ORDER: dict[str, Any] = json.loads((EXAMPLES / "order.placed.v1.json").read_text("utf-8"))
TERMS: dict[str, Any] = json.loads((EXAMPLES / "terms.set.v1.json").read_text("utf-8"))


def order(**changes: Any) -> bytes:
    return json.dumps({**ORDER, "data": {**ORDER["data"], **changes}}).encode()


def envelope(**changes: Any) -> bytes:
    return json.dumps({**ORDER, **changes}).encode()


def without(field: str) -> bytes:
    return json.dumps({**ORDER, "data": {k: v for k, v in ORDER["data"].items() if k != field}}).encode()


def token(field: str, text: str, document: dict[str, Any] = ORDER) -> bytes:
    """The event with this JSON token as a field of its body."""
    changed = {**document, "data": {**document["data"], field: "HERE"}}
    return json.dumps(changed).replace('"HERE"', text).encode("utf-8", "surrogatepass")


RAW = json.dumps(ORDER).encode()
REFUSED: dict[str, tuple[bytes | None, str, str]] = {
    "null": (None, "", "empty"),
    "empty": (b"", "", "empty"),
    "spaces": (b"  \n ", "", "JSON"),
    "broken": (RAW[:-1], "", "JSON"),
    "trailing": (RAW + b"x", "", "JSON"),
    "two events": (RAW + RAW, "", "JSON"),
    "a list": (b"[" + RAW + b"]", "", "object"),
    "a number": (b"42", "", "object"),
    "byte order mark": (b"\xef\xbb\xbf" + RAW, "", "JSON"),
    "UTF-16": (RAW.decode().encode("utf-16"), "", "JSON"),
    "not UTF-8": (RAW.replace(b"pos-17", b"pos-\xff"), "", "unicode"),
    "100k deep": (token("lines", "[" * 100_000 + "]" * 100_000), "", "recursion"),
    "100k deep, open": (b'{"data":' * 100_000, "", "recursion"),
    "2 MB": (order(reason="x" * 2_000_000), "", str(MAX_EVENT_BYTES)),
    "unknown type": (envelope(type="order.teleported"), "type", "order.teleported"),
    "no type": (json.dumps({k: v for k, v in ORDER.items() if k != "type"}).encode(), "type", "required"),
    "type is a number": (envelope(type=7), "type", "in quotes"),
    "newer version": (envelope(version=2), "version", "newer than version 1"),
    "version 0": (envelope(version=0), "version", "greater than or equal to 1"),
    "version true": (envelope(version=True), "version", "integer"),
    "no data": (envelope(data=None), "data", "object"),
    "missing field": (without("order_id"), "data.order_id", "required"),
    "NaN": (token("amount", "NaN"), "data.amount", "in quotes"),
    "NaN limit": (token("limit", "NaN", TERMS), "data.limit", "in quotes"),
    "1e400 limit": (token("limit", "1e400", TERMS), "data.limit", "in quotes"),
    "Infinity days": (token("term_days", "Infinity", TERMS), "data.term_days", "integer"),
    "1e400": (token("amount", "1e400"), "data.amount", "in quotes"),
    "number for money": (order(amount=12.5), "data.amount", "in quotes"),
    "boolean for money": (order(amount=True), "data.amount", "in quotes"),
    "boolean for days": (token("term_days", "true", TERMS), "data.term_days", "integer"),
    "float for days": (token("term_days", "30.0", TERMS), "data.term_days", "integer"),
    "exponent": (order(amount="1e1000000"), "data.amount", "decimal string"),
    "negative": (order(amount="-1.00"), "data.amount", "not negative"),
    "five decimals": (order(amount="1.00000"), "data.amount", "4 decimals"),
    "thousands": (order(amount="1,000"), "data.amount", "decimal string"),
    "underscore": (order(amount="1_000"), "data.amount", "decimal string"),
    "padded": (order(amount=" 12 "), "data.amount", "decimal string"),
    "line break": (order(amount="12\n"), "data.amount", "decimal string"),
    "full-width digits": (order(amount="１２"), "data.amount", "decimal string"),
    "Arabic digits": (order(amount="١٢"), "data.amount", "decimal string"),
    "numeric date": (order(promised_on=20260331), "data.promised_on", "2026-03-31"),
    "date as text of digits": (order(promised_on="1774949400"), "data.promised_on", "2026-03-31"),
    "30 February": (order(promised_on="2026-02-30"), "data.promised_on", "day value is outside"),
    "numeric time": (envelope(occurred_at=1774949400), "occurred_at", "2026-03-31T09:30:00Z"),
    "time without offset": (envelope(occurred_at="2026-03-31T09:30:00"), "occurred_at", "offset"),
    "hour 24": (envelope(occurred_at="2026-03-31T24:00:00Z"), "occurred_at", "time"),
    "milliseconds taken for seconds": (
        envelope(occurred_at="9999-12-31T00:00:00Z"),
        "occurred_at",
        "1990..2100",
    ),
    "zero byte in a text": (token("salesperson_id", r'"\u0000"'), "data.salesperson_id", "visible ASCII"),
    "bidirectional override": (order(order_id="abc\u202ecba"), "data.order_id", "visible ASCII"),
    "right-to-left mark in an id": (order(order_id="\u200fSO-1"), "data.order_id", "visible ASCII"),
    "composed letter in an id": (order(order_id="caf\u00e9"), "data.order_id", "visible ASCII"),
    "decomposed letter in an id": (order(order_id="cafe\u0301"), "data.order_id", "visible ASCII"),
    "space in an id": (order(customer_id="C 1001"), "data.customer_id", "no spaces"),
    "empty id": (order(order_id=""), "data.order_id", "1 to 64"),
    "long id": (order(order_id="x" * 65), "data.order_id", "64"),
    "lone surrogate": (token("salesperson_id", r'"\ud800"'), "", "JSON"),
    "new enum value": (order(payment_method="barter"), "data.payment_method", "'prepaid'"),
    "unknown currency spelling": (order(currency="yuan"), "data.currency", "3"),
    "lower-case currency": (order(currency="cny"), "data.currency", "ISO 4217"),
    "a line that is no object": (order(lines=["x"]), "data.lines.0", "object"),
    "a bad line": (order(lines=[*ORDER["data"]["lines"], {}]), "data.lines.2.product_id", "required"),
    "too many lines": (order(lines=ORDER["data"]["lines"] * 1001), "data.lines", "2000"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_field_and_reason(name: str) -> None:
    raw, field, reason = REFUSED[name]
    with pytest.raises(ContractError) as refused:
        decode(raw)
    assert refused.value.field == field, refused.value
    assert reason in refused.value.reason
    # The reason goes into a dead letter and a log line: short, whatever was sent, and without control characters.
    assert len(str(refused.value)) < 400
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    "token_text", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "true", "0", "[]", "{}", '""']
)
@pytest.mark.parametrize("field", ["limit", "single_order_max", "overdue", "grace_days"])
def test_nothing_odd_ever_becomes_no_limit(field: str, token_text: str) -> None:
    # null means no limit, so nothing that is not null may turn into it on the way.
    raw = token(field, token_text, TERMS)
    if (field, token_text) in {("grace_days", "0"), ("overdue", "{}")}:
        decode(raw)
        return
    with pytest.raises(ContractError):
        decode(raw)


def test_accepted_although_unusual() -> None:
    assert decode(order(loyalty_points=12, store={"city": "Łódź"})).data.amount == "1234.50"
    assert decode(json.dumps(ORDER, indent=4).encode() + b"\n \t\r\n").data.amount == "1234.50"
    assert decode(
        token("reason", r'"tab\t, line\n, \u8336, \ud83c\udfea"', _cancelled())
    ).data.reason.endswith("茶, 🏪")
    assert decode(order(amount="0.00")).data.amount == "0.00"
    assert decode(order(order_id='"\\/<script>')).data.order_id == '"\\/<script>'


def test_of_a_field_given_twice_the_last_counts_on_both_roads() -> None:
    twice = RAW.replace(b'"amount": "1234.50"', b'"amount": "1.00", "amount": "2.00"')
    assert decode(twice).data.amount == "2.00"
    assert decode(twice.replace(b'"data"', b'"x": 1, "data"')).data.amount == "2.00"


def _cancelled() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((EXAMPLES / "order.cancelled.v1.json").read_text("utf-8"))
    return document
