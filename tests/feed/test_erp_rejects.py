"""The import layout: what is wrong is named by file, row, column and reason, and the rest goes on."""

import csv
import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.feed import erp
from tests.feed.checks import Seen, checked
from tests.feed.erp_files import GOOD, changed, events_of, rejects_of, write


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
