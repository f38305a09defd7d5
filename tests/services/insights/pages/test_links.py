"""Figures lead to what they are made of: the list behind each link makes exactly the figure that was pressed."""

import csv
import html
import io
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.async_api import Browser, expect

from tests.services.insights.alerts.serving import Served
from tests.services.insights.pages.desk import desk

pytestmark = pytest.mark.asyncio(loop_scope="session")

TRADE, LEAGUE = "/console/insights/margins", "/console/insights/salespeople"
GAPS, GROUPS = "/console/insights/forecasts", "/console/insights/segments/groups"
FIGURE = re.compile(r'<a class="figure" href="([^"]+)">([^<]+)</a>')
BELOW = re.compile(r'<small><a href="([^"]+)">([^<]+)</a></small>')
Line = dict[str, str]


def number(shown: str) -> Decimal:
    """Return the number in what a page shows, such as CN¥1,234.50."""
    return Decimal(re.sub(r"[^0-9.−-]", "", shown).replace("−", "-"))


def total(column: str, *less: str) -> Callable[[list[Line]], Decimal]:
    """Return what sums a column of a list; what is not known is in no sum."""

    def added(lines: list[Line]) -> Decimal:
        return sum(
            (Decimal(line[column] or 0) - sum(Decimal(line[name]) for name in less) for line in lines),
            Decimal(0),
        )

    return added


async def rows_of(client: httpx.AsyncClient, address: str) -> list[str]:
    """Return the rows of the lists on a page."""
    answer = await client.get(address)
    assert answer.status_code == 200, answer.text
    found: list[str] = re.findall(r"<tr[^>]*data-row.*?</tr>", answer.text, re.DOTALL)
    assert found, address
    return found


async def behind(client: httpx.AsyncClient, href: str) -> list[Line]:
    """Return everything in the list that a link leads to."""
    parts = urlsplit(html.unescape(href))
    assert (await client.get(f"{parts.path}?{parts.query}")).status_code == 200, href
    answer = await client.get(f"{parts.path}/export.csv?{parts.query}")
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))


async def check(client: httpx.AsyncClient, row: str, made: list[Callable[[list[Line]], Any]]) -> int:
    """Hold the figures of a row, in their order, against the lists behind them; return how many there were."""
    figures = FIGURE.findall(row)
    assert len(figures) == len(made), row
    for (href, shown), make in zip(figures, made, strict=True):
        assert number(shown) == make(await behind(client, href)), (href, shown)
    return len(figures)


@pytest.mark.parametrize(
    "asked",
    ["", "?by=product", "?by=month", "?by=salesperson", "?by=product&region=North&from=2026-09&to=2026-11"],
)
async def test_margins_are_those_of_their_documents(shop: Served, asked: str) -> None:
    made = [len, total("amount"), total("cost"), total("profit")]
    returned = 0
    async with shop.client(Accept="text/html") as boss:
        for row in await rows_of(boss, f"{TRADE}{asked}"):
            figures = FIGURE.findall(row)
            if not figures and asked == "?by=salesperson":
                continue  # no list can be asked for what nobody looks after
            assert number(figures.pop(4)[1]) <= 100, "the fifth one is the margin, of the same documents"
            for (href, shown), make in zip(figures, made, strict=True):
                assert number(shown) == make(await behind(boss, href)), (href, shown)
            for href, _ in BELOW.findall(row):
                back = await behind(boss, href)
                assert {line["kind"] for line in back} == {"return"}
                returned += 1
    assert returned


@pytest.mark.parametrize("month", ["2026-03", "2026-11"])
async def test_what_salespeople_sold_and_collected_is_that_of_its_lists(shop: Served, month: str) -> None:
    async with shop.client(Accept="text/html") as boss:
        [row] = [row for row in await rows_of(boss, f"{LEAGUE}?month={month}") if "李娜" in row]
        made = {
            f"{TRADE}?": total("amount", "returned_amount"),
            f"{LEAGUE}/collected?": total("amount"),
            "/console/insights/dormant/spells?": len,
            f"{LEAGUE}/commission/entries?": total("amount"),
        }
        for page, make in made.items():
            [(href, shown)] = [found for found in FIGURE.findall(row) if found[0].startswith(page)]
            assert number(shown) == make(await behind(boss, href)), href
        gaps = [href for href, _ in FIGURE.findall(row) if href.startswith(f"{GAPS}?")]
        assert len(gaps) == (month == "2026-11"), "there is a gap in the month that runs"
        overdue = [href for href, shown in BELOW.findall(row) if "overdue" in shown]
        of_today = "/console/customers/list?salesperson=S-1&amp;standing=overdue&amp;sort=-overdue"
        assert overdue == ([of_today] if month == "2026-11" else []), "what is overdue is known of today only"
        rate = re.findall(r'<a href="(/console/customers/list[^"]+)">[^<]+%</a>', row)
        then = "" if month == "2026-11" else "&amp;as_of=2026-03-31"
        assert rate == [f"/console/customers/list?salesperson=S-1{then}"]


async def test_commission_and_gaps_are_those_of_their_lists(shop: Served) -> None:
    def earned(sign: int) -> Callable[[list[Line]], Decimal]:
        return lambda lines: sum(
            (abs(a) for line in lines if (a := Decimal(line["amount"])) * sign > 0), Decimal(0)
        )

    async with shop.client(Accept="text/html") as boss:
        sums = [total("base"), earned(1), earned(-1), total("amount"), len]
        for row in await rows_of(boss, f"{LEAGUE}/commission"):
            await check(boss, row, sums)
        for row in await rows_of(boss, GAPS):
            await check(boss, row, [total("amount")])


@pytest.mark.parametrize(
    ("page", "sort"),
    [(f"{GROUPS}?by=salesperson&", "-amount"), (f"{GROUPS}?", "customers"), (f"{LEAGUE}?", "-sales")],
)
async def test_tables_of_sums_have_pages_and_an_order(shop: Served, page: str, sort: str) -> None:
    async with shop.client(Accept="text/html") as boss:
        whole = [re.sub(r"\s+", " ", row) for row in await rows_of(boss, f"{page}sort={sort}")]
        assert len(whole) > 1
        found, address = [], f"{page}limit=1&sort={sort}"
        while address:
            text = (await boss.get(address)).text
            found += [re.sub(r"\s+", " ", row) for row in await rows_of(boss, address)]
            following = re.findall(r'rel="next" href="([^"]+)"', text)
            address = html.unescape(following[0]) if following else ""
        assert found == whole
        usual = await rows_of(boss, f"{page}limit=500")
        assert sorted(re.sub(r"\s+", " ", row) for row in usual) == sorted(whole)
        assert (await boss.get(f"{page}sort=weight")).status_code == 422
        assert (await boss.get(f"{page}cursor=elsewhere")).status_code == 422


async def test_from_the_league_down_to_the_payments(shop: Served, browser: Browser) -> None:
    async with shop.client() as boss:
        months = (await boss.get("/insights/salespeople/S-1/months?from=2026-01")).json()["items"]
    month = next(m for m in months if Decimal(m["collections"]))
    shown = f"{Decimal(month['collections']):,.2f}"
    async with desk(browser, shop) as looked:
        page = looked.page
        await looked.open(f"{LEAGUE}?month={month['month']}")
        await page.locator("tbody tr").filter(has_text="李娜").get_by_role("link", name=shown).first.click()
        await page.wait_for_url("**/collected?salesperson=S-1**")
        await expect(page.locator(".tile").first).to_contain_text(shown)
        await page.get_by_label("Payment").select_option("reversal")
        await expect(page.get_by_text("No payments here")).to_be_visible()
        await expect(page.locator(".tile").first).to_contain_text("0.00")
        await looked.check("collected")


async def test_a_salesperson_sees_the_payments_of_own_customers_only(shop: Served) -> None:
    async with shop.client("S-2", Accept="text/html") as client:
        mine = await behind(client, f"{LEAGUE}/collected?from=2026-01")
        assert {line["salesperson_id"] for line in mine} == {"S-2"}
        assert not await behind(client, f"{LEAGUE}/collected?salesperson=S-1")
    async with shop.client(Accept="text/html") as boss:
        assert len(await behind(boss, f"{LEAGUE}/collected?salesperson=S-1")) > 0
        assert len(await behind(boss, f"{LEAGUE}/collected")) > len(mine)
