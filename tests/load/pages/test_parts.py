"""What the benchmark of pages counts, and what its copies are; the figures themselves are no test."""

from services.kit.web.navigation import NAVIGATION
from services.kit.web.settings_pages import PAGES
from tests.load.pages.grow import Column, copying
from tests.load.pages.reach import ROLES, askable, in_navigation, tabs_of
from tests.load.pages.visit import Page
from tests.tidy.sources import ROOT

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


def test_every_page_of_the_navigation_is_measured() -> None:
    """What nothing leads to is found among the routes; so are the navigation and the settings, whatever leads there."""
    opened = {href for role in ROLES for href in in_navigation(role)}
    every = {entry.href for group in NAVIGATION for entry in group.entries if entry.built}
    assert every == opened
    assert every | {page.href for page in PAGES} <= set(askable())
    assert {"/console/account", "/console/customers/people/audit", "/console/insights/mix/stopped"} <= set(
        askable()
    )


def test_tabs_lead_to_further_pages() -> None:
    macro = (ROOT / "services/kit/web/templates/kit/ui.html").read_text("utf-8")
    assert '<nav class="tabs"' in macro, "as it is looked for"
    html = """<nav class="side"><a href="/console/a">A</a></nav><nav class="tabs" aria-label="b"><ul>
        <li><a href="/console/b" aria-current="page">B</a></li><li><a href="/console/b/c?month=2026-05">C</a></li>
        <li><a href="?tab=json">D</a></li></ul></nav><a href="/console/e">E</a>"""
    assert list(tabs_of(html)) == ["/console/b", "/console/b/c"]


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
        'sha256(t."event_key" || \'~\'::bytea || int4send(n)), t."amount" '
        'FROM generate_series(1, 3) AS n, "credit"."journal" AS t'
    )


def test_what_is_of_nobody_is_not_copied() -> None:
    assert copying("orders", "products", (Column("product_id", "text", False, True),), 3, 2) == ""
    assert copying("orders", "receipts", (Column("customer_id", "text", False, True),), 3, 2) == ""
