"""The importers of the public files: what they yield adds up to what the files say, computed another way."""

from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from contracts.codec import encode
from deploy.feed import uci, wwi
from deploy.feed.data_folder import UCI
from deploy.feed.expected_uci import expected_uci
from deploy.feed.expected_wwi import expected_wwi
from deploy.feed.source import Feed
from tests.feed.checks import Seen, Sums, checked
from tests.feed.credit_book import CreditBook

PARTITIONS = 8
COLUMNS = ("orders", "ordered", "invoiced", "paid", "credited", "balance")


def run(feed: Feed) -> Seen:
    seen = Seen()
    for _ in checked(feed.events, PARTITIONS, seen):
        pass
    return seen


def assert_equal_to_the_cent(seen: Seen, expected: pl.DataFrame) -> None:
    assert len(expected) > 100
    found = dict(seen.by_customer)
    for customer_id, *row in expected.iter_rows():
        sums = found.pop(customer_id, Sums())
        assert [getattr(sums, name) for name in COLUMNS] == row, customer_id
    assert found == {}


UCI_SLICE = date(2010, 1, 15)
WWI_SLICE = date(2013, 3, 1)


@pytest.mark.data
def test_uci_equals_the_independent_computation(data: Path) -> None:
    feed = uci.feed(data, uci.UciOptions(until=UCI_SLICE, partitions=PARTITIONS))
    seen = run(feed)
    assert_equal_to_the_cent(seen, expected_uci(data / f"{UCI}.parquet", UCI_SLICE))
    assert feed.last_day is not None
    assert seen.days[-1] <= feed.last_day <= UCI_SLICE


@pytest.mark.data
def test_uci_accounts_for_every_line(data: Path) -> None:
    feed = uci.feed(data, uci.UciOptions(until=UCI_SLICE, partitions=PARTITIONS))
    lines = pl.read_parquet(data / f"{UCI}.parquet").filter(pl.col("InvoiceDate").dt.date() <= UCI_SLICE)
    in_events = 0
    for event in feed.events:
        if event.type in ("order.placed", "order.returned"):
            in_events += len(event.data.lines)
    charges = feed.notes["line of a charge: in the amount, not among the goods"]
    taken_back_in_parts = (
        feed.notes["cancelled line matched to an order"]
        + feed.notes["cancelled line not matched"]
        - lines.filter(
            pl.col("InvoiceNo").str.starts_with("C"),
            pl.col("CustomerID").is_not_null(),
            ~pl.col("StockCode").str.to_uppercase().str.contains("^(TEST|ADJUST)"),
            pl.col("UnitPrice") > 0,
        ).height
    )
    assert in_events + charges - taken_back_in_parts + feed.left_out.total() == len(lines)


@pytest.mark.data
def test_uci_with_made_up_payments_pays_no_invoice_twice(data: Path) -> None:
    options = uci.UciOptions(until=UCI_SLICE, partitions=PARTITIONS, ibm_delays=True)
    seen = run(uci.feed(data, options))
    assert 100 < seen.by_type["payment.received"] < seen.by_type["order.invoiced"]
    assert all(sums.paid <= sums.invoiced for sums in seen.by_customer.values())


@pytest.mark.data
@pytest.mark.parametrize("account", ["bill_to", "ordering"])
def test_wwi_equals_the_independent_computation(data: Path, account: wwi.Account) -> None:
    seen = run(wwi.feed(data, wwi.WwiOptions(account, WWI_SLICE, PARTITIONS)))
    assert_equal_to_the_cent(seen, expected_wwi(data, WWI_SLICE, account))


@pytest.mark.data
def test_wwi_owes_the_same_in_total_whoever_holds_the_account(data: Path) -> None:
    billed, ordering = (expected_wwi(data, None, account) for account in ("bill_to", "ordering"))
    assert billed.select(pl.sum(*COLUMNS)).rows() == ordering.select(pl.sum(*COLUMNS)).rows()
    # The ledger itself says what is still open at the end.
    ledger = pl.read_parquet(data / "wwi_sales_customer_transactions.parquet")
    assert billed["balance"].sum() == round(ledger["OutstandingBalance"].sum() * 100)


@pytest.mark.data
@pytest.mark.slow
def test_full_histories_equal_the_independent_computations(data: Path) -> None:
    assert_equal_to_the_cent(run(uci.feed(data)), expected_uci(data / f"{UCI}.parquet"))
    seen = run(wwi.feed(data))
    assert_equal_to_the_cent(seen, expected_wwi(data))
    assert seen.by_type["order.placed"] == 73_595


@pytest.mark.data
def test_the_same_bytes_every_time(data: Path) -> None:
    def first(number: int) -> list[bytes]:
        feeds = (
            uci.feed(data, uci.UciOptions(until=UCI_SLICE)),
            wwi.feed(data, wwi.WwiOptions(until=WWI_SLICE)),
        )
        return [encode(event) for feed in feeds for event in islice(feed.events, number)]

    assert first(3_000) == first(3_000)


ODD_LINES: list[tuple[Any, ...]] = [
    ("1001", "85123A", "LAMP", 6, "09:00", 2.55, 1, "France"),
    ("1001", "85123A", "LAMP", 6, "09:00", 2.55, 1, "France"),
    ("1001", "POST", "POSTAGE", 1, "09:01", 18.0, 1, "France"),
    ("1002", "85123a", "lamp", 1, "10:00", 2.55, 2, "Spain"),
    ("1003", "22111", "MUG", 3, "10:00", 0.0, 2, "Spain"),
    ("1004", "22111", "MUG", 3, "10:30", 1.0, None, "Spain"),
    ("1005", "PADS", "PADS", 1, "10:31", 0.001, 2, "Spain"),
    ("1006", "TEST001", "test", 1, "10:32", 4.5, 2, "Spain"),
    ("1007", "ADJUST", "by john", 1, "10:33", 10.0, 2, "Spain"),
    ("1008", "22111", "MUG", -3, "10:34", 1.0, 2, "Spain"),
    ("A1009", "B", "Adjust bad debt", 1, "10:35", -100.0, None, "Spain"),
    ("C1010", "85123A", "LAMP", -8, "11:00", 2.55, 1, "Spain"),
    ("C1010", "D", "Discount", -1, "11:00", 5.0, 1, "Spain"),
]


@pytest.fixture
def odd_file(tmp_path: Path) -> Path:
    names = ("InvoiceNo", "StockCode", "Description", "Quantity", "at", "UnitPrice", "CustomerID", "Country")
    frame = pl.DataFrame(ODD_LINES, schema=names, orient="row").with_columns(
        pl.col("CustomerID").cast(pl.Int32),
        pl.format("2010-03-01 {}", "at").str.to_datetime("%Y-%m-%d %H:%M").alias("InvoiceDate"),
    )
    frame.drop("at").write_parquet(tmp_path / f"{UCI}.parquet")
    return tmp_path


def test_every_oddity_of_uci_is_left_out_with_its_reason(odd_file: Path) -> None:
    feed = uci.feed(odd_file, uci.UciOptions(partitions=PARTITIONS))
    seen = run(feed)
    assert feed.left_out == {
        "price is not positive": 1,
        "line without a customer": 1,
        "price finer than a penny": 1,
        "test product": 1,
        "adjustment of the ledger, not a sale": 1,
        "quantity is not positive and it is no cancellation": 1,
        "adjustment of bad debt (A... invoice)": 1,
    }
    assert seen.by_customer == {
        "uci-1": Sums(orders=1, ordered=4860, invoiced=4860, credited=2540),
        "uci-2": Sums(orders=1, ordered=255, invoiced=255),
    }
    assert seen.by_type["customer.changed"] == 1
    assert seen.by_type["product.created"] == 1


def test_cancelled_goods_go_back_to_their_order_and_a_discount_to_none(odd_file: Path) -> None:
    feed = uci.feed(odd_file)
    returns = [event.data for event in feed.events if event.type == "order.returned"]
    assert [(part.order_id, part.amount, len(part.lines)) for part in returns] == [
        ("uci-1001", "20.40", 2),
        (None, "5.00", 0),
    ]
    assert len({part.return_id for part in returns}) == 2


def balances(feed: Feed) -> tuple[CreditBook, dict[str, int]]:
    """What every customer owes after the credit service's own rules have seen the feed."""
    book = CreditBook(partitions=PARTITIONS)
    for event in feed.events:
        book.apply(event)
    return book, {key: account.invoiced - account.unapplied for key, account in book.accounts.items()}


@pytest.mark.data
@pytest.mark.parametrize("source", ["uci", "wwi", "wwi-ordering"])
def test_the_credit_rules_arrive_at_the_same_receivables(data: Path, source: str) -> None:
    if source == "uci":
        feed = uci.feed(data, uci.UciOptions(until=UCI_SLICE, partitions=PARTITIONS))
        expected = expected_uci(data / f"{UCI}.parquet", UCI_SLICE)
    else:
        account: wwi.Account = "ordering" if source == "wwi-ordering" else "bill_to"
        feed = wwi.feed(data, wwi.WwiOptions(account, WWI_SLICE, PARTITIONS))
        expected = expected_wwi(data, WWI_SLICE, account)
    book, owed = balances(feed)
    wanted = dict(expected.select("customer_id", "balance").iter_rows())
    assert {key: value for key, value in owed.items() if value} == {key: v for key, v in wanted.items() if v}
    assert len(book.outcomes) == expected["orders"].sum()


@pytest.mark.data
def test_wwi_enters_whoever_sells_or_looks_after_a_customer(data: Path) -> None:
    events = list(wwi.feed(data, wwi.WwiOptions(until=WWI_SLICE)).events)
    staff = {event.data.salesperson_id: event for event in events if event.type == "staff.entered"}
    of_type = {"customer.assigned", "order.placed"}
    named = {event.data.salesperson_id for event in events if event.type in of_type}
    assert len(named) > 5
    assert named <= staff.keys()
    assigned = [event.data for event in events if event.type == "customer.assigned"]
    assert all(staff[body.salesperson_id].data.active_from <= body.from_day for body in assigned)
