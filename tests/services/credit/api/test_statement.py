"""The statement of account: JSON, spreadsheet and page."""

import csv
import io
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from services.credit.api.statement_page import WORDS, grouped
from tests.services.credit.api.conftest import Till
from tests.services.credit.api.history import LATE, RICH, SHOP, day

pytestmark = pytest.mark.asyncio(loop_scope="session")

WHOLE = {"from": day(0).isoformat(), "to": day(60).isoformat()}


async def statement(till: Till, customer: str = SHOP, **query: Any) -> Any:
    return await till.get(f"/accounts/{customer}/statement", params=query, role="ops")


async def text(till: Till, **options: Any) -> Any:
    answer = await till.ask("GET", f"/accounts/{SHOP}/statement", **options)
    assert answer.status_code == 200, answer.text
    return answer


SUMS = {
    "invoiced": "1500.00",
    "paid": "2400.00",
    "credited": "100.00",
    "reversed": "2000.00",
    "transferred": "0.00",
    "exchange": "0.00",
}


async def test_every_document_with_what_it_was_applied_to(traded: Till) -> None:
    found = await statement(traded, **WHOLE)
    assert (found["opening_balance"], found["closing_balance"]) == ("0.00", "1000.00")
    assert found["sums"] == SUMS
    rows = [
        (
            line["day"],
            line["kind"],
            line["document_id"],
            line["charged"],
            line["credited"],
            line["balance"],
            [(part["document_id"], part["amount"]) for part in line["applied"]],
            line["unapplied"],
        )
        for line in found["lines"]
    ]
    assert rows == [
        (day(0).isoformat(), "invoice", "INV-1", "1000.00", None, "1000.00", [], None),
        (day(10).isoformat(), "payment", "PAY-1", None, "400.00", "600.00", [("INV-1", "400.00")], "0.00"),
        (day(20).isoformat(), "invoice", "INV-2", "500.00", None, "1100.00", [], None),
        (
            day(25).isoformat(),
            "payment",
            "=PAY-2",
            None,
            "2000.00",
            "-900.00",
            [("INV-1", "600.00"), ("INV-2", "500.00")],
            "900.00",
        ),
        (
            day(30).isoformat(),
            "reversal",
            "=PAY-2",
            "2000.00",
            None,
            "1100.00",
            [("INV-1", "-600.00"), ("INV-2", "-500.00")],
            None,
        ),
        (
            day(40).isoformat(),
            "credit_note",
            "CN-1",
            None,
            "100.00",
            "1000.00",
            [("INV-2", "100.00")],
            "0.00",
        ),
    ]
    assert found["lines"][4]["reason"] == "no cover"
    assert found["ageing"] == await traded.get(f"/accounts/{SHOP}/ageing", params={"as_of": WHOLE["to"]})


async def test_periods_join_without_a_gap(traded: Till) -> None:
    whole = (await statement(traded, **WHOLE))["lines"]
    lines, balance = [], "0.00"
    for first in range(0, 61, 5):
        last = min(first + 4, 60)
        part = await statement(traded, **{"from": day(first).isoformat(), "to": day(last).isoformat()})
        assert part["opening_balance"] == balance
        balance = part["closing_balance"]
        assert part["ageing"]["net"] == balance
        lines += part["lines"]
    assert lines == whole
    assert balance == "1000.00"


async def test_without_days_it_is_the_month_so_far(traded: Till) -> None:
    found = await statement(traded, RICH)
    assert (found["from_day"], found["to_day"]) == ("2026-05-01", day(60).isoformat())
    assert (found["opening_balance"], found["closing_balance"], found["lines"]) == ("-80.00", "-80.00", [])


async def test_the_spreadsheet_reads_as_data(traded: Till) -> None:
    answer = await text(traded, params={**WHOLE, "format": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert f'filename="statement-SHOP-{day(0)}-{day(60)}.csv"' in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [row["kind"] for row in rows] == [
        "opening balance",
        "invoice",
        "payment",
        "invoice",
        "payment",
        "reversal",
        "credit_note",
        "closing balance",
        *["ageing"] * 6,
    ]
    assert rows[4]["document"] == "'=PAY-2", "a document's name is never a formula"
    assert rows[4]["balance"] == "-900.00", "a negative number stays a number"
    assert rows[4]["applied_to"] == "INV-1 600.00; INV-2 500.00"
    assert rows[7]["balance"] == "1000.00"
    assert {row["document"]: row["balance"] for row in rows[8:]}["days_1_30"] == "1000.00"
    by_header = await text(traded, params=WHOLE, headers={"Accept": "text/csv"})
    assert by_header.text == answer.text


class Page(HTMLParser):
    """What a page shows and what it asks for."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.asks: list[str] = []
        self.texts: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.asks += [value or "" for name, value in attrs if name in ("href", "src") and tag != "a"]

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(" ".join(data.split()))


async def test_the_page_needs_nothing_from_elsewhere_and_runs_no_script(traded: Till) -> None:
    answer = await text(traded, params=WHOLE, headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    page = Page(answer.text)
    assert page.asks == ["/docs/assets/icon.svg", "/credit/assets/statement.css"]
    assert not page.tags & {"script", "style", "iframe", "img"}
    assert not {name for name in page.attributes if name.startswith("on") or name == "style"}
    for asset in page.asks:
        assert (await traded.ask("GET", asset, role=None)).status_code == 200
    assert "@media print" in (await traded.ask("GET", page.asks[1], role=None)).text
    assert {"=PAY-2", "INV-1", "CN-1", "no cover"} <= set(page.texts)
    assert "−900.00" in page.texts
    assert "1,100.00" in page.texts


async def test_the_page_speaks_chinese_and_english(traded: Till) -> None:
    async def title(params: dict[str, str], accept: str = "") -> tuple[str, str]:
        answer = await text(
            traded, params={**WHOLE, "format": "html", **params}, headers={"Accept-Language": accept}
        )
        found = re.search(r"<h1>(.+)</h1>", answer.text)
        assert found is not None
        assert f'lang="{answer.headers["content-language"]}"' in answer.text
        return found[1], answer.headers["content-language"]

    assert await title({}) == ("Statement of account", "en")
    assert await title({}, "zh-CN,zh;q=0.9,en;q=0.8") == ("对账单", "zh-CN")
    assert await title({}, "fr, en;q=0.5, zh;q=0.4") == ("Statement of account", "en")
    assert await title({"lang": "zh"}, "en") == ("对账单", "zh-CN")
    assert WORDS["en"].keys() == WORDS["zh"].keys()


async def test_what_others_call_their_documents_stays_text(till: Till) -> None:
    customer = await till.customer("900.00")
    await till.invoice(customer, "10.00", invoice_id="<script>alert(1)</script>&\"'")
    answer = await till.ask("GET", f"/accounts/{customer}/statement", params={"format": "html"})
    assert "<script" not in answer.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#34;&#39;" in answer.text


async def test_an_id_with_a_slash_has_a_statement(traded: Till) -> None:
    found = await statement(traded, LATE)
    assert (found["customer_id"], found["closing_balance"]) == (LATE, "12.34")
    csv_file = await traded.ask("GET", f"/accounts/{LATE}/statement", params={"format": "csv"})
    assert 'filename="statement-L-ATE-' in csv_file.headers["content-disposition"]


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ({"from": day(9).isoformat(), "to": day(8).isoformat()}, 422, "query.from"),
        ({"to": day(61).isoformat()}, 422, "query.to"),
        ({"to": day(-1).isoformat()}, 404, "query.to"),
        ({"from": "0001-01-01"}, 422, "query.from"),
        ({"format": "pdf"}, 422, "query.format"),
        ({"lang": "fr"}, 422, "query.lang"),
        ({"until": day(3).isoformat()}, 422, "query.until"),
    ],
)
async def test_a_wrong_period_says_what_is_wrong(traded: Till, query: Any, status: int, field: str) -> None:
    refused = await traded.get(f"/accounts/{SHOP}/statement", params=query, status=status)
    assert refused["errors"][0]["field"] == field


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("0.00", "0.00"), ("1234567.50", "1,234,567.50"), ("-1234", "−1,234"), ("-0.05", "−0.05")],
)
async def test_amounts_are_grouped(amount: str, shown: str) -> None:
    assert grouped(amount) == shown
