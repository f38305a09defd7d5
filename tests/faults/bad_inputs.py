"""The twenty bad inputs that are most likely to arrive, and what whoever sent them is told.

Each is published to Kafka as a record of topic ``orders`` for customer C-1001, and where it makes sense posted as the
body of ``POST /orders``. ``field`` is of the event; over HTTP the same field is named without ``data.``.
"""

import json
from dataclasses import dataclass
from typing import Any

CUSTOMER = "C-1001"

ORDER: dict[str, Any] = {
    "id": "bad",
    "type": "order.placed",
    "version": 1,
    "occurred_at": "2026-03-02T09:30:00+08:00",
    "key": CUSTOMER,
    "producer": "till-7",
    "trace": None,
    "data": {
        "order_id": "SO-BAD",
        "customer_id": CUSTOMER,
        "currency": "CNY",
        "amount": "1234.50",
        "lines": [],
    },
}


@dataclass(frozen=True)
class Bad:
    """One bad input.

    Attributes:
        what: in words, and who does that.
        value: the record's bytes.
        field: the field that is named in the answer.
        words: what the reason contains.
        body: of the HTTP request; None: cannot happen there.
        status: of the HTTP answer.
        http_words: what the HTTP reason contains, if other words.
        key: of the record.
    """

    what: str
    value: bytes | None
    field: str
    words: str
    body: bytes | None = None
    status: int = 422
    http_words: str = ""
    key: bytes | None = CUSTOMER.encode()


def _event(**changes: Any) -> bytes:
    return json.dumps({**ORDER, **changes}).encode()


def _order(what: str, field: str, words: str, http_words: str = "", **changes: Any) -> Bad:
    """An order with other fields, the same over both ways; a field set to ... is left out."""
    body = {name: value for name, value in {**ORDER["data"], **changes}.items() if value is not ...}
    return Bad(what, _event(data=body), f"data.{field}", words, json.dumps(body).encode(), 422, http_words)


def _token(what: str, field: str, token: str, words: str, status: int = 422, http_words: str = "") -> Bad:
    """An order with a JSON token that Python would not write."""
    body = json.dumps({**ORDER["data"], field: "HERE"}).replace('"HERE"', token).encode()
    value = json.dumps({**ORDER, "data": "BODY"}).encode().replace(b'"BODY"', body)
    return Bad(what, value, f"data.{field}", words, body, status, http_words)


_GOOD = json.dumps(ORDER["data"]).encode()

TWENTY: tuple[Bad, ...] = (
    Bad("a tombstone, as kcat -Z sends", None, "", "empty"),
    Bad("an empty record or body", b"", "", "empty", b"", 422, "missing"),
    Bad("half an event: the till lost power", _event()[:-20], "", "JSON", _GOOD[:-5], 400, "JSON"),
    Bad(
        "a byte order mark, as Windows editors write",
        b"\xef\xbb\xbf" + _event(),
        "",
        "JSON",
        b"\xef\xbb\xbf" + _GOOD,
        400,
        "JSON",
    ),
    Bad("GBK instead of UTF-8", _event(producer="HERE").replace(b"HERE", "茶".encode("gbk")), "", "unicode"),
    Bad("the body without its envelope", _GOOD, "id", "required"),
    Bad(
        "an event of another system on our topic", _event(type="order.teleported"), "type", "order.teleported"
    ),
    Bad(
        "a payment on the topic of orders",
        _event(
            type="payment.received",
            data={"payment_id": "P", "customer_id": CUSTOMER, "currency": "CNY", "amount": "1.00"},
        ),
        "type",
        "does not travel on topic 'orders'",
    ),
    Bad("a time without an offset", _event(occurred_at="2026-03-02T09:30:00"), "occurred_at", "with offset"),
    Bad("a Unix time", _event(occurred_at=1774949400), "occurred_at", "must be a string"),
    Bad("no key on the record", _event(), "key", "the record's key None is not", key=None),
    Bad(
        "another customer in the body than in the key",
        _event(key="C-1001", data={**ORDER["data"], "customer_id": "C-9"}),
        "key",
        "is not its customer_id 'C-9'",
    ),
    _order("a number for money, as most JSON writers do", "amount", "in quotes", "string", amount=1234.5),
    _order("a negative amount for a return", "amount", "not negative", amount="-5.00"),
    _order("three decimals of a currency with two", "amount", "decimals", amount="10.005"),
    _order("thousands separators, as copied from a sheet", "amount", "decimal string", amount="1,234.50"),
    _order("full-width digits, as Chinese keyboards write", "amount", "decimal string", amount="１２"),
    _order("a missing order number", "order_id", "required", "missing", order_id=...),
    _order("a payment method we do not know", "payment_method", "'prepaid'", payment_method="barter"),
    _token("NaN, as spreadsheets and pandas export", "amount", "NaN", "in quotes", 400, "NaN"),
)
