"""Ageing, the due calendar and past days over HTTP."""

from decimal import Decimal
from typing import Any

import pytest

from tests.services.credit.api.conftest import Till
from tests.services.credit.api.history import LATE, OLD, RICH, SHOP, day

pytestmark = pytest.mark.asyncio(loop_scope="session")


def ages(answer: dict[str, Any]) -> list[tuple[str, int]]:
    return [(bucket["amount"], bucket["items"]) for bucket in answer["buckets"]]


NONE = ("0.00", 0)


async def test_the_ageing_of_a_customer(traded: Till) -> None:
    found = await traded.get(f"/accounts/{SHOP}/ageing", role="ops")
    assert (found["customer_id"], found["currency"], found["day"]) == (SHOP, "CNY", day(60).isoformat())
    # INV-1: 600.00 due on day 30; INV-2: 400.00 due on day 50, and ten days of grace.
    assert ages(found) == [NONE, ("1000.00", 2), NONE, NONE, NONE]
    assert [bucket["share"] for bucket in found["buckets"]] == [0.0, 1.0, 0.0, 0.0, 0.0]
    assert (found["receivables"], found["unapplied"], found["net"]) == ("1000.00", "0.00", "1000.00")
    assert (found["longest_days"], found["grace_days"]) == (30, 10)
    assert (found["overdue_amount"], found["overdue_items"], found["overdue_days"]) == ("600.00", 1, 30)
    assert found["overdue_share"] == 0.6


@pytest.mark.parametrize(
    ("number", "buckets", "overdue", "unapplied"),
    [
        (0, [("1000.00", 1), NONE], ("0.00", 0, 0), "0.00"),
        (9, [("1000.00", 1), NONE], ("0.00", 0, 0), "0.00"),
        (10, [("600.00", 1), NONE], ("0.00", 0, 0), "0.00"),
        (24, [("1100.00", 2), NONE], ("0.00", 0, 0), "0.00"),
        (25, [NONE, NONE], ("0.00", 0, 0), "900.00"),
        (30, [("1100.00", 2), NONE], ("0.00", 0, 0), "0.00"),
        # One day past due, but within the three days of grace of then.
        (31, [("500.00", 1), ("600.00", 1)], ("0.00", 0, 0), "0.00"),
        (34, [("500.00", 1), ("600.00", 1)], ("600.00", 1, 4), "0.00"),
        (40, [("400.00", 1), ("600.00", 1)], ("600.00", 1, 10), "0.00"),
        (45, [("400.00", 1), ("600.00", 1)], ("600.00", 1, 15), "0.00"),
    ],
)
async def test_the_ageing_of_a_past_day(
    traded: Till, number: int, buckets: Any, overdue: Any, unapplied: str
) -> None:
    found = await traded.get(f"/accounts/{SHOP}/ageing", params={"as_of": day(number).isoformat()})
    assert found["day"] == day(number).isoformat()
    assert ages(found)[:2] == buckets
    assert ages(found)[2:] == [NONE] * 3
    assert (found["overdue_amount"], found["overdue_items"], found["overdue_days"]) == overdue
    assert found["unapplied"] == unapplied
    account = await traded.get(f"/accounts/{SHOP}", params={"as_of": day(number).isoformat()})
    assert account["balances"]["invoiced"] == found["receivables"]
    assert account["balances"]["unapplied"] == unapplied
    standing = account["standing"]
    assert (standing["overdue_amount"], standing["overdue_items"], standing["overdue_days"]) == overdue


async def test_an_account_of_a_past_day_has_its_limit_and_its_documents(traded: Till) -> None:
    as_of = {"as_of": day(16).isoformat()}
    account = await traded.get(f"/accounts/{SHOP}", params=as_of)
    assert (account["standing"]["limit_in_force"], account["terms"]["grace_days"]) == ("5000.00", 3)
    assert account["trade"]["last_payment_on"] == day(10).isoformat()
    assert account["trade"]["days_since_trade"] == 6
    exposure = await traded.get(f"/accounts/{SHOP}/exposure", params=as_of)
    categories = {c["category"]: (c["amount"], c["documents"]) for c in exposure["categories"]}
    assert categories == {
        "open_orders": ("200.00", 1),
        "shipped": ("100.00", 1),
        "invoiced": ("600.00", 1),
        "unapplied": ("0.00", 0),
    }
    for category in exposure["categories"]:
        documents = await traded.get(category["href"])
        assert len(documents["items"]) == category["documents"]
        counted = sum((Decimal(item["counted"]) for item in documents["items"]), Decimal(0))
        assert counted == Decimal(category["amount"])
    unapplied = await traded.get(
        f"/accounts/{SHOP}/exposure/unapplied", params={"as_of": day(27).isoformat(), "sort": "-amount"}
    )
    assert [(i["document_id"], i["counted"], i["on"]) for i in unapplied["items"]] == [
        ("=PAY-2", "-900.00", day(25).isoformat())
    ]
    invoiced = await traded.get(
        f"/accounts/{SHOP}/exposure/invoiced", params={"as_of": day(34).isoformat(), "limit": 1}
    )
    assert [(i["document_id"], i["overdue"], i["days_past_due"]) for i in invoiced["items"]] == [
        ("INV-1", True, 4)
    ]
    following = await traded.get(
        f"/accounts/{SHOP}/exposure/invoiced",
        params={"as_of": day(34).isoformat(), "limit": 1, "cursor": invoiced["next"]},
    )
    assert [(i["document_id"], i["overdue"]) for i in following["items"]] == [("INV-2", False)]
    assert following["next"] is None


async def test_the_company_is_the_sum_of_its_customers(traded: Till) -> None:
    found = await traded.get("/credit/ageing", role="ops")
    assert found["day"] == day(60).isoformat()
    assert [item["customer_id"] for item in found["items"]] == sorted([SHOP, OLD, RICH, LATE])
    totals = {total["currency"]: total for total in found["totals"]}
    assert set(totals) == {"CNY", "USD"}
    assert ages(totals["CNY"]) == [("12.34", 1), ("1000.00", 2), NONE, NONE, NONE]
    assert ages(totals["USD"]) == [NONE, NONE, NONE, NONE, ("70.00", 1)]
    assert (totals["CNY"]["unapplied"], totals["CNY"]["net"]) == ("80.00", "932.34")
    assert (totals["CNY"]["owing"], totals["CNY"]["with_overdue"]) == (2, 1)
    assert totals["USD"]["longest_days"] == 130
    shares = {item["customer_id"]: item["share_of_receivables"] for item in found["items"]}
    assert shares == {SHOP: 0.9878, LATE: 0.0122, RICH: 0.0, OLD: 1.0}


async def test_the_company_on_a_past_day(traded: Till) -> None:
    found = await traded.get("/credit/ageing", params={"as_of": day(26).isoformat()})
    assert {item["customer_id"]: (item["receivables"], item["unapplied"]) for item in found["items"]} == {
        OLD: ("70.00", "0.00"),
        RICH: ("0.00", "80.00"),
        SHOP: ("0.00", "900.00"),
    }
    first = await traded.get("/credit/ageing", params={"as_of": day(-1).isoformat()})
    assert (first["items"], first["totals"]) == ([], [])


@pytest.mark.parametrize(
    ("query", "customers"),
    [
        ({"sort": "-receivables", "currency": "CNY"}, [SHOP, LATE, RICH]),
        ({"bucket": "over_90"}, [OLD]),
        ({"bucket": "current"}, [LATE]),
        ({"overdue_over": "599.99"}, [SHOP]),
        ({"overdue_over": "600.00"}, []),
        ({"overdue_days_over": 29, "sort": "-overdue_days"}, [OLD, SHOP]),
        ({"unapplied": True}, [RICH]),
        ({"unapplied": False, "sort": "-customer_id"}, [SHOP, OLD, LATE]),
        ({"sort": "-over_90", "as_of": day(0).isoformat()}, [SHOP]),
    ],
)
async def test_the_list_is_filtered_and_sorted(traded: Till, query: Any, customers: list[str]) -> None:
    paged: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await traded.get("/credit/ageing", params={**query, **cursor, "limit": 1})
        paged += [item["customer_id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert paged == customers


@pytest.mark.parametrize(
    ("path", "query", "status", "field"),
    [
        (f"/accounts/{SHOP}/ageing", {"as_of": day(61).isoformat()}, 422, "query.as_of"),
        (f"/accounts/{SHOP}", {"as_of": day(61).isoformat()}, 422, "query.as_of"),
        (f"/accounts/{SHOP}/exposure", {"as_of": "yesterday"}, 422, "query.as_of"),
        (f"/accounts/{SHOP}/exposure/shipped", {"as_of": day(-1).isoformat()}, 404, "query.as_of"),
        (f"/accounts/{SHOP}/ageing", {"as_of": day(-1).isoformat()}, 404, "query.as_of"),
        ("/accounts/NOBODY/ageing", {}, 404, "path.customer_id"),
        ("/credit/ageing", {"as_of": day(61).isoformat()}, 422, "query.as_of"),
        ("/credit/ageing", {"sort": "age"}, 422, "query.sort"),
        ("/credit/ageing", {"bucket": "31-60"}, 422, "query.bucket"),
        ("/credit/ageing", {"overdue_over": "1.005"}, 422, "query.overdue_over"),
        ("/credit/due-calendar", {"from": day(60).isoformat(), "to": day(59).isoformat()}, 422, "query.to"),
        ("/credit/due-calendar", {"from": "2026-01-01", "to": "2027-01-03"}, 422, "query.to"),
        ("/credit/due-calendar", {"from": "9999-12-31"}, 422, "query.from"),
        ("/credit/due-calendar", {"customer": "NOBODY"}, 404, "query.customer"),
        ("/credit/due-calendar", {"per": "week"}, 422, "query.per"),
    ],
)
async def test_a_wrong_question_says_what_is_wrong(
    traded: Till, path: str, query: Any, status: int, field: str
) -> None:
    refused = await traded.get(path, params=query, status=status)
    assert refused["errors"][0]["field"] == field


async def test_what_falls_due_next(traded: Till) -> None:
    found = await traded.get("/credit/due-calendar")
    assert (found["from_day"], found["to_day"]) == (day(60).isoformat(), day(90).isoformat())
    assert found["items"] == [
        {
            "due_on": day(62).isoformat(),
            "days_ahead": 2,
            "currency": "CNY",
            "customer_id": None,
            "amount": "12.34",
            "items": 1,
            "customers": 1,
        }
    ]
    assert found["sums"] == [
        {
            "currency": "CNY",
            "brought_forward": "1000.00",
            "brought_forward_items": 2,
            "overdue": "600.00",
            "overdue_items": 1,
            "due": "12.34",
            "due_items": 1,
            "later": "0.00",
            "later_items": 0,
            "next_due": day(62).isoformat(),
        },
        {
            "currency": "USD",
            "brought_forward": "70.00",
            "brought_forward_items": 1,
            "overdue": "70.00",
            "overdue_items": 1,
            "due": "0.00",
            "due_items": 0,
            "later": "0.00",
            "later_items": 0,
            "next_due": None,
        },
    ]


async def test_the_calendar_of_one_customer_and_of_a_past_day(traded: Till) -> None:
    query = {"per": "customer", "from": day(-80).isoformat(), "to": day(62).isoformat(), "limit": 2}
    found = await traded.get("/credit/due-calendar", params=query)
    rest = await traded.get("/credit/due-calendar", params={**query, "cursor": found["next"]})
    rows = [(r["customer_id"], r["due_on"], r["amount"]) for r in found["items"] + rest["items"]]
    assert rows == [
        (OLD, day(-70).isoformat(), "70.00"),
        (SHOP, day(30).isoformat(), "600.00"),
        (SHOP, day(50).isoformat(), "400.00"),
        (LATE, day(62).isoformat(), "12.34"),
    ]
    mine = await traded.get(
        "/credit/due-calendar",
        params={"customer": SHOP, "as_of": day(24).isoformat(), "sort": "-amount"},
    )
    assert [(r["due_on"], r["days_ahead"], r["amount"]) for r in mine["items"]] == [
        (day(30).isoformat(), 6, "600.00"),
        (day(50).isoformat(), 26, "500.00"),
    ]
    assert [total["brought_forward"] for total in mine["sums"]] == ["0.00"]


@pytest.mark.parametrize("number", [0, 14, 16, 26, 44, 60])
async def test_the_exposure_of_the_company_is_that_of_its_accounts(traded: Till, number: int) -> None:
    as_of = {} if number == 60 else {"as_of": day(number).isoformat()}
    found = await traded.get("/credit/exposure", params={**as_of, "sort": "-exposure"}, role="ops")
    assert found["day"] == day(number).isoformat()
    assert SHOP in [item["customer_id"] for item in found["items"]]
    for item in found["items"]:
        account = await traded.get(f"/accounts/{item['customer_id']}", params=as_of)
        for name in ("open_orders", "shipped", "invoiced", "unapplied", "exposure"):
            assert item[name] == account["balances"][name], (item["customer_id"], name)
        assert item["limit_in_force"] == account["standing"]["limit_in_force"]
        assert item["over_limit"] == account["standing"]["over_limit"]
    for total in found["totals"]:
        mine = [item for item in found["items"] if item["currency"] == total["currency"]]
        for name in ("open_orders", "shipped", "invoiced", "unapplied", "exposure"):
            assert Decimal(total[name]) == sum((Decimal(item[name]) for item in mine), Decimal(0))
        assert total["over_limit"] == sum(item["over_limit"] for item in mine)
    assert [float(item["exposure"]) for item in found["items"]] == sorted(
        (float(item["exposure"]) for item in found["items"]), reverse=True
    )
    over = await traded.get("/credit/exposure", params={**as_of, "over_limit": True})
    assert {item["customer_id"] for item in over["items"]} == {
        item["customer_id"] for item in found["items"] if item["over_limit"]
    }


async def test_the_limit_of_a_past_day_is_the_one_of_then(traded: Till) -> None:
    for number, limit in ((44, "5000.00"), (45, "2000.00")):
        found = await traded.get("/credit/exposure", params={"as_of": day(number).isoformat()})
        shop = next(item for item in found["items"] if item["customer_id"] == SHOP)
        assert shop["limit_in_force"] == limit
