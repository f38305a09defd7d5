"""The import layout: what is right becomes events, the same ones every time."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from contracts.codec import encode
from contracts.events.terms import OverdueThresholds
from deploy.feed import erp
from deploy.feed.data_folder import REPOSITORY
from deploy.feed.erp.layout import FILES, markdown_table
from tests.feed.checks import Seen, Sums, checked
from tests.feed.erp_files import GOOD, events_of, write


def test_everything_good_becomes_events(tmp_path: Path) -> None:
    feed = erp.feed(write(tmp_path))
    seen = Seen()
    found = {event.id: event.data for event in checked(feed.events, 8, seen, decoding=1)}
    assert not (tmp_path / "rejects.csv").exists()
    assert feed.left_out == {}
    assert feed.notes == {
        "invoice or credit note without its order: taken on its own": 1,
        "order line of a product that is not in products: taken without cost": 1,
    }
    assert seen.by_customer == {
        "C1": Sums(orders=1, ordered=2499, invoiced=3199, paid=2999, credited=500),
        "C2": Sums(orders=1, ordered=9999),
        "C4": Sums(orders=1, ordered=1000, invoiced=400, paid=100),
    }
    assert (feed.first_day, feed.last_day) == (seen.days[0], seen.days[-1])
    assert found["erp-order-O1-placed"].lines[0].amount == "24.98"
    assert found["erp-invoice-I1-invoiced"].lines == found["erp-order-O1-placed"].lines
    assert found["erp-invoice-I1-invoiced"].closes_order
    assert not found["erp-invoice-I3-invoiced"].closes_order
    assert found["erp-invoice-I0-invoiced"].order_id is None
    assert [(a.invoice_id, a.amount) for a in found["erp-payment-Y2-received"].allocations] == [
        ("I0", "7.00"),
        ("I1", "1.50"),
    ]
    limits = {data.customer_id: data.limit for data in found.values() if data.TYPE == "terms.set"}
    assert limits == {"C1": "50000.00", "C2": "0.00", "C4": None}
    assert {"customer.blacklisted", "terms.hold_placed", "payment.reversed"} <= set(seen.by_type)


def test_history_without_payments_can_switch_the_overdue_rules_off(tmp_path: Path) -> None:
    customers = (
        "customer_id,name,created_on,term_days,credit_limit,overdue_rules\nC1,A,2026-03-01,30,unlimited,off\n"
    )
    (tmp_path / "customers.csv").write_text(customers + "C2,B,2026-03-01,30,unlimited,\n")
    overdue = {e.key: e.data.overdue for e in events_of(tmp_path) if e.type == "terms.set"}
    assert overdue == {"C1": OverdueThresholds(), "C2": None}


def test_days_get_the_hours_of_a_business_day_and_times_keep_their_own(tmp_path: Path) -> None:
    at = {event.id: event.occurred_at for event in events_of(write(tmp_path))}
    zone = ZoneInfo("Asia/Shanghai")
    assert at["erp-order-O1-placed"] == datetime(2026, 3, 2, 9, tzinfo=zone)
    assert at["erp-order-O2-placed"] == datetime(2026, 3, 2, 10, 30, tzinfo=zone)
    assert at["erp-order-O3-placed"] == datetime(2026, 3, 3, 16, tzinfo=zone)
    assert at["erp-order-O1-shipped"] < at["erp-invoice-I1-invoiced"]


def test_importing_again_gives_the_same_bytes_and_more_rows_only_add(tmp_path: Path) -> None:
    first = {event.id: encode(event) for event in events_of(write(tmp_path))}
    assert first == {event.id: encode(event) for event in events_of(tmp_path)}
    longer = GOOD["payments"] + "Y4,C1,2026-04-01,5,,,\n"
    again = {event.id: encode(event) for event in events_of(write(tmp_path, payments=longer))}
    assert set(again) - set(first) == {"erp-payment-Y4-received"}
    assert {key: again[key] for key in first} == first


def test_parquet_says_the_same_as_csv(tmp_path: Path) -> None:
    one, other = tmp_path / "csv", tmp_path / "parquet"
    one.mkdir()
    other.mkdir()
    write(one)
    for name in GOOD:
        pl.read_csv(one / f"{name}.csv", try_parse_dates=True).write_parquet(other / f"{name}.parquet")
    assert [encode(e) for e in events_of(one)] == [encode(e) for e in events_of(other)]


@pytest.mark.parametrize(("delimiter", "encoding"), [(",", "utf-8-sig"), (";", "gb18030"), ("\t", "utf-16")])
def test_separators_and_encodings(tmp_path: Path, delimiter: str, encoding: str) -> None:
    for name, text in GOOD.items():
        if delimiter == ";":
            text = text.replace("key;chain", '"key;chain"').replace("I0=7;I1=1.5", '"I0=7;I1=1.5"')
        (tmp_path / f"{name}.csv").write_text(text.replace(",", delimiter), encoding)
    events = events_of(tmp_path, erp.ErpOptions(encoding=encoding))
    assert len(events) == len(events_of(write(tmp_path)))
    assert "宁波金桥五金" in {getattr(event.data, "name", "") for event in events}


def test_the_document_shows_the_layout_as_it_is() -> None:
    text = (REPOSITORY / "docs" / "import-layout.md").read_text("utf-8")
    for name in FILES:
        assert markdown_table(name) in text, f"docs/import-layout.md is out of date for {name}"
