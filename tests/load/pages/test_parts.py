"""What the benchmark of pages counts, and what its copies are; the figures themselves are no test."""

from tests.load.pages.grow import Column, copying
from tests.load.pages.visit import Page

HTML = """
<link rel="stylesheet" href="/a.css"><link rel="next" href="/no"><script src="/a.js" defer></script>
<svg><use href="/icons.svg#one"></use><use href="/icons.svg#two"></use></svg>
<span hx-get="/count" hx-trigger="load, sse:credit.held"></span>
<div hx-get="/list" hx-trigger="again, changed from:body"></div><div hx-get="/later" hx-trigger="load delay:1s"></div>
<form hx-get="/what-if" hx-trigger="load, input delay:120ms"><input name="amount" value="1"></form><input name="q">
<a data-name-of="C-1">C-1</a><a data-name-of="C 2">C 2</a><a data-name-of="C-1">C-1</a>"""


def test_a_first_load_is_what_a_browser_asks_for() -> None:
    page = Page(HTML)
    assert list(page.assets) == ["/a.css", "/a.js", "/icons.svg"]
    assert list(page.fragments) == ["/count", "/what-if?amount=1"]
    assert list(page.names()) == ["/console/customers/names?id=C-1&id=C+2"]


def test_a_copy_has_other_ids_and_the_same_figures() -> None:
    columns = (
        Column("id", "bigint", True, True),
        Column("customer_id", "text", False, True),
        Column("owner_id", "text", False, False),
        Column("event_key", "bytea", False, True),
        Column("amount", "bigint", False, False),
    )
    assert copying("credit", "journal", columns, 3, 2) == (
        'INSERT INTO credit."journal" ("customer_id", "owner_id", "event_key", "amount") '
        "SELECT CASE WHEN t.\"customer_id\" = '' THEN '' ELSE t.\"customer_id\" || '~' || n END, "
        'CASE WHEN n % 2 = 0 OR t."owner_id" = \'\' THEN t."owner_id" ELSE t."owner_id" || \'~\' || n % 2 END, '
        'sha256(t."event_key" || int4send(n)), t."amount" '
        'FROM generate_series(1, 3) AS n, "credit"."journal" AS t'
    )


def test_what_is_of_nobody_is_not_copied() -> None:
    assert copying("orders", "products", (Column("product_id", "text", False, True),), 3, 2) == ""
    assert copying("orders", "receipts", (Column("customer_id", "text", False, True),), 3, 2) == ""
