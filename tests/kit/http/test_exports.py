"""A spreadsheet reads an export as data: texts as texts, numbers, money and days as what they are."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from importlib import import_module
from typing import Any, get_args
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from fastapi.routing import APIRoute
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from services.kit.http.exports import FileForm, cell, file_answer
from services.kit.http.pages import Page
from services.kit.http.workbooks import is_figure, workbook
from tests.tidy.sources import services

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+86 10", "'+86 10"),
        ("-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("＝1", "'＝1"),
        ("-12.50", "-12.50"),
        ("-", "'-"),
        ("-１", "'-１"),
        ("tea", "tea"),
        ("", ""),
        (None, ""),
        (-3, "-3"),
    ],
)
def test_no_cell_is_a_formula(value: object, expected: str) -> None:
    assert cell(value) == expected


def read(content: bytes) -> tuple[Any, list[list[Any]]]:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    return sheet, [list(row) for row in sheet.iter_rows()]


def one(name: str, value: object) -> Any:
    _, rows = read(workbook([name, "end"], [[value, 1]], SHANGHAI))
    return rows[1][0]


@pytest.mark.parametrize(
    ("name", "value", "expected", "kind", "form"),
    [
        ("amount", "1234.50", 1234.5, "n", "#,##0.00"),
        ("amount", "-12", -12, "n", "#,##0"),
        ("amount", "0.125", 0.125, "n", "#,##0.000"),
        ("balances.exposure", "7.00", 7, "n", "#,##0.00"),
        ("overdue_amount", "7.00", 7, "n", "#,##0.00"),
        ("amount", "123456789012.3456", "123456789012.3456", "s", "General"),
        ("amount", "=1+1", "=1+1", "s", "General"),
        ("name", "12.50", "12.50", "s", "General"),
        ("customer_id", "007", "007", "s", "General"),
        ("notes", "=HYPERLINK(A1)", "=HYPERLINK(A1)", "s", "General"),
        ("notes", "https://example.org", "https://example.org", "s", "General"),
        ("notes", "@SUM(A1)", "@SUM(A1)", "s", "General"),
        ("orders", 12, 12, "n", "0"),
        ("seq", 12345678901234567, "12345678901234567", "s", "General"),
        ("rate", 0.25, 0.25, "n", "General"),
        ("on_hold", True, True, "b", "General"),
        ("score", Decimal("64.50"), 64.5, "n", "#,##0.00"),
        ("day", date(2026, 3, 4), "2026-03-04T00:00:00", "d", "yyyy-mm-dd"),
        (
            "at",
            datetime(2026, 3, 4, 20, 30, tzinfo=UTC),
            "2026-03-05T04:30:00",
            "d",
            "yyyy-mm-dd hh:mm:ss",
        ),
        ("month", "2026-03", "2026-03", "s", "General"),
        ("limit", None, None, "n", "General"),
        ("name", "茶馆 \U0001f375", "茶馆 \U0001f375", "s", "General"),
    ],
)
def test_what_a_value_is_in_a_workbook(
    name: str, value: object, expected: object, kind: str, form: str
) -> None:
    found = one(name, value)
    value = found.value.isoformat() if isinstance(found.value, datetime) else found.value
    assert (value, found.data_type, found.number_format) == (expected, kind, form)


def column(name: str, values: Sequence[object]) -> list[Any]:
    _, rows = read(workbook([name, "end"], [[value, 1] for value in values], SHANGHAI))
    return [row[0] for row in rows[1:]]


TEXTS = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), min_size=1, max_size=60)


@settings(max_examples=20, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=40))
def test_every_text_comes_back_as_text(texts: list[str]) -> None:
    assert [(found.value, found.data_type) for found in column("notes", texts)] == [(t, "s") for t in texts]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(-(10**17), 10**17), st.integers(0, 4)), min_size=1, max_size=40))
def test_every_amount_comes_back_to_the_last_digit(amounts: list[tuple[int, int]]) -> None:
    spelled = [f"{Decimal(minor).scaleb(-decimals):.{decimals}f}" for minor, decimals in amounts]
    for found, amount in zip(column("amount", spelled), spelled, strict=True):
        value = found.value if isinstance(found.value, str) else repr(found.value)
        assert Decimal(value) == Decimal(amount)


def test_the_head_stays_in_sight_and_the_longest_text_fits() -> None:
    sheet, rows = read(workbook(["customer_id", "notes"], [["C-1", "x" * 40_000]], SHANGHAI))
    assert sheet.freeze_panes == "A2"
    assert ([c.value for c in rows[0]], rows[0][0].font.b) == (["customer_id", "notes"], True)
    assert len(rows[1][1].value) == 32_767


class _Inner(BaseModel):
    exposure: str
    day: date | None = None


class _Line(BaseModel):
    customer_id: str
    balances: _Inner
    last: _Inner | None
    tags: list[str]
    parts: list[_Inner]
    facts: dict[str, Any]


@dataclass(frozen=True)
class _Letter:
    number: int
    reason: str
    at: datetime


LINES = [
    _Line(
        customer_id="=1",
        balances=_Inner(exposure="12.50", day=date(2026, 3, 4)),
        last=None,
        tags=["tea", "=2"],
        parts=[_Inner(exposure="1.00")],
        facts={"days": 3},
    )
]
HEAD = [
    "customer_id",
    "balances.exposure",
    "balances.day",
    "last.exposure",
    "last.day",
    "tags",
    "parts",
    "facts",
]


async def test_models_in_models_are_columns_of_their_own() -> None:
    answer = await file_answer("csv", "lines", _Line, LINES, SHANGHAI)
    head, row = bytes(answer.body).decode().splitlines()
    assert head.split(",") == HEAD
    assert (
        row == """'=1,12.50,2026-03-04,,,tea; =2,"[{""exposure"":""1.00"",""day"":null}]","{""days"":3}\""""
    )
    assert answer.headers["Content-Disposition"] == 'attachment; filename="lines.csv"'
    answer = await file_answer("xlsx", "lines", _Line, LINES, SHANGHAI)
    _, rows = read(bytes(answer.body))
    assert [c.value for c in rows[0]] == HEAD
    assert [c.value for c in rows[1]][:2] == ["=1", 12.5]
    assert rows[1][2].value.isoformat() == "2026-03-04T00:00:00"
    assert [c.value for c in rows[1]][3:6] == [None, None, "tea; =2"]
    assert answer.media_type == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def test_dataclasses_and_empty_lists() -> None:
    at = datetime(2026, 3, 4, 12, tzinfo=timezone(timedelta(hours=1)))
    answer = await file_answer("csv", "letters", _Letter, [_Letter(1, "bad", at)], SHANGHAI)
    assert bytes(answer.body).decode().splitlines()[1] == "1,bad,2026-03-04 12:00:00+01:00"
    for form in get_args(FileForm):
        answer = await file_answer(form, "lines", _Line, [], SHANGHAI)
        assert bytes(answer.body)


def lists_of(service: str) -> list[APIRoute]:
    routers: Sequence[Any] = import_module(f"services.{service}.app").service.routers
    routes = [r for router in routers for r in router.routes if isinstance(r, APIRoute)]
    return [r for r in routes if isinstance(r.response_model, type) and issubclass(r.response_model, Page)]


@pytest.mark.parametrize("service", services())
def test_every_list_is_a_file_in_every_form(service: str) -> None:
    found = lists_of(service)
    assert found
    for route in found:
        [form] = [p for p in _query_of(route) if p == "format"]
        assert form


@pytest.mark.parametrize("service", services())
def test_money_of_every_list_is_a_number_in_a_workbook(service: str) -> None:
    for route in lists_of(service):
        item = get_args(route.response_model.model_fields["items"].annotation)[0]
        for name, field in getattr(item, "model_fields", {}).items():
            is_text = str(field.annotation) in ("<class 'str'>", "str | None")
            is_money = is_text and "amount" in name and not name.endswith("_class")
            assert not is_money or is_figure(name), f"{route.path}: {name}"


def _query_of(route: APIRoute) -> list[str]:
    names = []
    for parameter in route.dependant.query_params:
        kind = parameter.field_info.annotation
        names += list(getattr(kind, "model_fields", {parameter.alias: None}))
    return names
