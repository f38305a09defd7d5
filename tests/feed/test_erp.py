"""The import layout: what is right becomes events, what is wrong is named by file, row, column and reason."""

import csv
import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.codec import encode
from contracts.events.terms import OverdueThresholds
from deploy.feed import erp
from deploy.feed.data_folder import REPOSITORY
from deploy.feed.erp.layout import FILES, markdown_table
from tests.feed.checks import Seen, Sums, checked

GOOD: dict[str, str] = {
    "customers": (
        "customer_id,name,salesperson_id,term_days,credit_limit,tags,contact_name,blacklisted,on_hold\n"
        "C1,Harbour Hardware,S7,30,50000,key;chain,Wang Wei,,\n"
        "C2,宁波金桥五金,,0,0,,,,dispute\n"
        "C3,Cash Shop,,,,,,fraud,\n"
        "C4,Big One,,60,unlimited,,,,\n"
    ),
    "products": "product_id,name,unit_cost\nP1,Lamp,4.20\n",
    "orders": (
        "order_id,customer_id,ordered_at,amount,shipped_at,cancelled_at\n"
        "O1,C1,2026-03-02,,2026-03-03,\n"
        "O2,C2,2026-03-02 10:30:00,99.99,,2026-03-04\n"
        "O3,C4,2026-03-03T08:00:00+00:00,10,,\n"
    ),
    "order_lines": "order_id,product_id,quantity,unit_price\nO1,P1,2.5,9.99\nO1,P9,1,0.01\n",
    "invoices": (
        "invoice_id,customer_id,issued_at,amount,order_id,kind,credits_invoice_id,closes_order\n"
        "I1,C1,2026-03-03,24.99,O1,,,\n"
        "N1,C1,2026-03-10,5.00,O1,credit_note,I1,\n"
        "I0,C1,2026-03-01,7.00,O-older,,,\n"
        "I3,C4,2026-03-05,4.00,O3,invoice,,no\n"
    ),
    "payments": (
        "payment_id,customer_id,received_at,amount,invoice_id,allocations,reversed_at\n"
        "Y1,C1,2026-03-20,19.99,I1,,\n"
        "Y2,C1,2026-03-21,10,,I0=7;I1=1.5,2026-03-25\n"
        "Y3,C4,2026-03-22,1,,,\n"
    ),
}


def write(folder: Path, **changed: str) -> Path:
    for name, text in (GOOD | changed).items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    return folder


def events_of(folder: Path, options: erp.ErpOptions | None = None) -> list[Any]:
    return [event for event in erp.feed(folder, options).events if event.type != "clock.day_started"]


def rejects_of(folder: Path) -> list[tuple[str, str, str, str]]:
    with (folder / "rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        return [(row["file"], row["row"], row["column"], row["reason"]) for row in csv.DictReader(file)]


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


def changed(name: str, old: str, new: str) -> dict[str, str]:
    assert old in GOOD[name]
    return {name: GOOD[name].replace(old, new)}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            changed("payments", "19.99", "19,99"),
            ("payments.csv", "2", "", "as many cells as the header: 8 instead of 7"),
        ),
        (changed("payments", "19.99", "-19.99"), ("payments.csv", "2", "amount", "an amount such as")),
        (
            changed("payments", "19.99", '"1,019.99"'),
            ("payments.csv", "2", "amount", "without thousands separators"),
        ),
        (changed("payments", "19.99", "19.999"), ("payments.csv", "2", "amount", "more decimals than CNY")),
        (changed("payments", "19.99", "1e5"), ("payments.csv", "2", "amount", "an amount such as")),
        (changed("payments", "19.99", "NaN"), ("payments.csv", "2", "amount", "an amount such as")),
        (changed("payments", "19.99", "１９"), ("payments.csv", "2", "amount", "an amount such as")),
        (
            changed("payments", "2026-03-20", "20.03.2026"),
            ("payments.csv", "2", "received_at", "a day such as"),
        ),
        (
            changed("payments", "2026-03-20", "2026-02-30"),
            ("payments.csv", "2", "received_at", "no day of the calendar"),
        ),
        (changed("payments", "2026-03-20", ""), ("payments.csv", "2", "received_at", "is required")),
        (
            changed("payments", "Y3,C4", "Y3,C9"),
            ("payments.csv", "4", "customer_id", "not among the accepted"),
        ),
        (changed("payments", "Y3,C4", "Y1,C4"), ("payments.csv", "4", "payment_id", "in an earlier row")),
        (
            changed("payments", "I0=7;I1=1.5", "I0=7;I1=9"),
            ("payments.csv", "3", "allocations", "more than the payment"),
        ),
        (changed("payments", "I0=7;I1=1.5", "I0"), ("payments.csv", "3", "allocations", "must be like")),
        (changed("payments", "I0=7;I1=1.5", "I0=-7"), ("payments.csv", "3", "allocations", "must be like")),
        (
            changed("payments", "2026-03-25", "2026-03-01"),
            ("payments.csv", "3", "reversed_at", "before the document"),
        ),
        (changed("invoices", "24.99,O1", "24.99,O2"), ("invoices.csv", "2", "order_id", "another customer")),
        (
            changed("invoices", "credit_note", "credit"),
            ("invoices.csv", "3", "kind", "one of invoice, credit_note"),
        ),
        (changed("invoices", ",no\n", ",maybe\n"), ("invoices.csv", "5", "closes_order", "true or false")),
        (changed("orders", "O3,C4", "O 3,C4"), ("orders.csv", "4", "order_id", "visible ASCII")),
        (
            changed("orders", "99.99", ""),
            ("orders.csv", "3", "amount", "required for an order without lines"),
        ),
        (
            changed("customers", "30,50000", "30,"),
            ("customers.csv", "2", "credit_limit", "required where term_days"),
        ),
        (
            changed("customers", "30,50000", ",50000"),
            ("customers.csv", "2", "term_days", "required where credit_limit"),
        ),
        (changed("customers", "30,50000", "30.5,50000"), ("customers.csv", "2", "term_days", "whole number")),
        (changed("customers", "30,50000", "9999,50000"), ("customers.csv", "2", "term_days", "at most 3650")),
        (changed("customers", "Big One", "Big\x00One"), ("customers.csv", "5", "", "NUL|control characters")),
        (changed("products", "P1,Lamp", "P1,"), ("products.csv", "2", "name", "is required")),
    ],
    ids=lambda value: "-".join(value[:3]) if isinstance(value, tuple) else "",
)
def test_a_bad_row_is_named_and_the_rest_goes_on(
    tmp_path: Path, change: dict[str, str], expected: tuple[str, str, str, str]
) -> None:
    feed = erp.feed(write(tmp_path, **change))
    seen = Seen()
    for _ in checked(feed.events, 8, seen, complete=False):
        pass
    found = rejects_of(tmp_path)[0]
    assert found[:2] == expected[:2]
    if expected[2]:
        assert found[2] == expected[2]
    assert re.search(expected[3], found[3]), found
    assert feed.left_out.total() == len(rejects_of(tmp_path))
    assert seen.by_type["customer.created"] >= 3


def test_a_bad_line_takes_its_order_with_it_but_not_the_invoice(tmp_path: Path) -> None:
    folder = write(tmp_path, **changed("order_lines", "O1,P1,2.5", "O1,P1,2.54321"))
    ids = {event.id for event in events_of(folder)}
    assert "erp-order-O1-placed" not in ids
    assert "erp-invoice-I1-invoiced" in ids
    assert [row[:3] for row in rejects_of(folder)] == [
        ("order_lines.csv", "2", "quantity"),
        ("orders.csv", "2", "order_id"),
    ]


def test_a_bad_customer_is_left_out_with_its_documents(tmp_path: Path) -> None:
    feed = erp.feed(write(tmp_path, **changed("customers", "30,50000", "30,many")))
    assert not any(event.key == "C1" for event in feed.events)
    assert {row[0] for row in rejects_of(tmp_path)} == {
        "customers.csv",
        "orders.csv",
        "invoices.csv",
        "payments.csv",
    }


def test_mended_files_leave_no_rejects_behind(tmp_path: Path) -> None:
    erp.feed(write(tmp_path, **changed("payments", "19.99", "x")))
    assert (tmp_path / "rejects.csv").exists()
    erp.feed(write(tmp_path))
    assert not (tmp_path / "rejects.csv").exists()


def test_rejected_values_do_no_harm_in_a_spreadsheet(tmp_path: Path) -> None:
    erp.feed(write(tmp_path, **changed("payments", "19.99", '"=HYPERLINK(""http://x"")"')))
    with (tmp_path / "rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.DictReader(file))["value"].startswith("'=")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"payments": "payment_id,customer_id,amount\n"}, "lacks the required column received_at"),
        ({"payments": ""}, "the header is empty"),
        ({"payments": "payment_id,payment_id,customer_id,amount,received_at\n"}, "payment_id twice"),
    ],
)
def test_a_file_that_cannot_be_used_stops_the_import(
    tmp_path: Path, change: dict[str, str], message: str
) -> None:
    with pytest.raises(erp.LayoutError, match=message):
        erp.feed(write(tmp_path, **change))


def test_other_reasons_to_stop(tmp_path: Path) -> None:
    with pytest.raises(erp.LayoutError, match="has neither"):
        erp.feed(tmp_path)
    write(tmp_path)
    with pytest.raises(erp.LayoutError, match="no known encoding"):
        erp.feed(tmp_path, erp.ErpOptions(encoding="klingon"))
    (tmp_path / "payments.csv").write_bytes(
        GOOD["payments"].encode() + "Y9,C1,2026-03-20,1,,é,\n".encode("latin-1")
    )
    with pytest.raises(erp.LayoutError, match="is not in utf-8-sig"):
        erp.feed(tmp_path)
    (tmp_path / "payments.parquet").write_bytes(b"no parquet")
    with pytest.raises(erp.LayoutError, match="keep one"):
        erp.feed(tmp_path)
    (tmp_path / "payments.csv").unlink()
    with pytest.raises(erp.LayoutError, match="cannot be read as parquet"):
        erp.feed(tmp_path)


def test_unknown_columns_are_said(tmp_path: Path) -> None:
    feed = erp.feed(write(tmp_path, products="product_id,name,colour\nP1,Lamp,red\n"))
    assert "products.csv: column 'colour' is not known and was ignored" in feed.notes


@given(
    st.lists(
        st.tuples(
            st.decimals("0", "99999", places=2),
            st.one_of(st.none(), st.text(max_size=8)),
            st.sampled_from(["C1", "C4", "C9", ""]),
        ),
        max_size=12,
    )
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_row_is_either_an_event_or_a_reject(
    tmp_path: Path, rows: list[tuple[Decimal, str | None, str]]
) -> None:
    write(tmp_path)
    with (tmp_path / "payments.csv").open("w", newline="", encoding="utf-8", errors="surrogatepass") as file:
        writer = csv.writer(file)
        writer.writerow(("payment_id", "customer_id", "received_at", "amount", "method"))
        for number, (amount, method, customer) in enumerate(rows):
            text = (method or "").encode("utf-8", "ignore").decode()
            writer.writerow((f"Y{number}", customer, "2026-03-20", f"{amount:.2f}", text))
    feed = erp.feed(tmp_path)
    taken = sum(event.type == "payment.received" for event in feed.events)
    assert taken + feed.left_out.total() == len(rows)


def test_the_document_shows_the_layout_as_it_is() -> None:
    text = (REPOSITORY / "docs" / "import-layout.md").read_text("utf-8")
    for name in FILES:
        assert markdown_table(name) in text, f"docs/import-layout.md is out of date for {name}"
