"""Receivables in a browser: ageing, what falls due, whom to call, and one customer's invoices and statement."""

import csv
import io
import re
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.kit.web.browser import Look, every_look, looking
from tests.services.credit.api.conftest import KEYS, Till
from tests.workbooks import lines_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

FINANCE = {"Authorization": f"Bearer {KEYS['finance']}"}
PAGE = "/console/credit/receivables"


def desk(browser: Browser, origin: str, **options: object):  # type: ignore[no-untyped-def]
    return looking(browser, origin, **({"headers": FINANCE, "alone": "credit"} | options))  # type: ignore[arg-type]


async def debtor(office: Till, *amounts: str, **fields: Any) -> str:
    """A customer with invoices, due after 30 days unless told otherwise."""
    customer = await office.customer(None)
    for amount in amounts:
        await office.invoice(customer, amount, **fields)
    return customer


@every_look
async def test_pages_are_sound(office: Till, origin: str, browser: Browser, look: Look) -> None:
    customer = await debtor(office, "120.00", "1234567.89", due_on="2025-01-02")
    async with desk(browser, origin, **look) as looked:
        for path in ("", "/due", "/due?per=customer", "/calls", f"/customer/{customer}"):
            await looked.open(PAGE + path)
            await expect(looked.page.locator("h1")).to_be_visible()
            await looked.check(path)


async def test_who_owes_most_overdue_comes_first_and_leads_to_the_invoices(
    office: Till, origin: str, browser: Browser
) -> None:
    customer = await debtor(office, "9000000.00", due_on="2025-01-02", invoice_id="INV-OLD")
    async with desk(browser, origin) as looked:
        page = looked.page
        await looked.open("/console/credit/held")
        await page.get_by_role("link", name="Receivables").first.click()
        await looked.settled()
        first = page.locator("tbody tr[data-href]").first
        await expect(first).to_contain_text(customer)
        await expect(first).to_contain_text("CN¥9,000,000.00")
        await expect(first).to_contain_text("up to")
        await first.get_by_role("link", name="CN¥9,000,000.00").first.click()
        await expect(page.get_by_role("heading", name=f"What {customer} owes")).to_be_visible()
        await expect(page.get_by_role("main")).to_contain_text("INV-OLD")
        await expect(page.get_by_role("main")).to_contain_text("past due")
        await page.get_by_role("link", name="Statement of account").click()
        await expect(page.get_by_role("heading", name="Statement of account")).to_be_visible()


async def test_the_list_is_searched_sorted_and_exported(office: Till, origin: str, browser: Browser) -> None:
    one = await debtor(office, "100.00", due_on="2025-01-02")
    two = await debtor(office, "200.00", due_on="2027-01-02")
    async with desk(browser, origin) as looked:
        page = looked.page
        await looked.open(PAGE)
        await page.get_by_label("Customer’s number").fill(two)
        await expect(page.locator(f"tr[data-href$='{one}']")).to_have_count(0)
        await expect(page.locator(f"tr[data-href$='{two}']")).to_have_count(1)
        assert page.url.endswith(f"?customer={two}")
        await page.get_by_label("Overdue for").select_option("0")
        await expect(page.get_by_text("Nobody owes anything")).to_be_visible()
        await page.get_by_role("link", name="Clear filters").click()
        await page.get_by_role("link", name=re.compile("^90|Over 90 days")).first.click()
        await looked.settled()
        await expect(page.locator(f"tr[data-href$='{one}']")).to_have_count(1)
        await expect(page.locator(f"tr[data-href$='{two}']")).to_have_count(0)
        await looked.check("filtered")
    answer = await office.ask("GET", f"{PAGE}/export.csv?customer={one}")
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(line["customer_id"], line["over_90"], line["overdue_amount"]) for line in lines] == [
        (one, "100.00", "100.00")
    ]
    answer = await office.ask("GET", f"{PAGE}/export.xlsx?customer={one}")
    [found] = lines_of(answer.content)
    assert (found["customer_id"], found["over_90"], found["currency"]) == (one, 100, "CNY")
    answer = await office.ask("GET", "/accounts?format=xlsx")
    owing = {line["customer_id"]: line["balances.exposure"] for line in lines_of(answer.content)}
    assert (owing[one], owing[two]) == (100, 200)


async def test_the_figures_are_the_sum_of_the_file(office: Till, origin: str, browser: Browser) -> None:
    await debtor(office, "77.70", due_on="2025-01-02")
    answer = await office.ask("GET", f"{PAGE}/export.csv")
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    cents = sum(round(float(line["overdue_amount"]) * 100) for line in lines)
    async with desk(browser, origin) as looked:
        await looked.open(PAGE)
        tile = looked.page.locator("a.tile", has_text="Overdue")
        await expect(tile).to_contain_text(f"CN¥{cents / 100:,.2f}")
        await tile.click()
        await expect(looked.page).to_have_url(re.compile("overdue_days_over=0"))


async def test_a_past_day_shows_what_was_owed_then(office: Till, origin: str, browser: Browser) -> None:
    customer = await debtor(office, "310.00")
    day = (await office.get(f"/accounts/{customer}/ageing"))["day"]
    await office.get(f"/credit/ageing?as_of={day}")
    async with desk(browser, origin) as looked:
        page = looked.page
        await looked.open(f"{PAGE}?as_of={day}&customer={customer}")
        await expect(page.locator("tbody tr[data-href]")).to_have_count(1)
        await page.get_by_label("As of").fill("2020-01-01")
        await page.get_by_role("button", name="Show").click()
        await expect(page.get_by_role("main")).to_contain_text("as of 1 Jan 2020")
        await expect(page.get_by_text("Nobody owes anything")).to_be_visible()
        await looked.check("long ago")
        looked.wrong.clear()
        await page.goto(f"{origin}{PAGE}?as_of=2999-01-01")
        await expect(page.get_by_text("This cannot be asked for")).to_be_visible()


async def test_the_calendar_leads_from_a_day_to_its_customers(
    office: Till, origin: str, browser: Browser
) -> None:
    customer = await debtor(office, "456.00")
    due = (await office.get(f"/accounts/{customer}/exposure/invoiced"))["items"][0]["due_on"]
    async with desk(browser, origin) as looked:
        page = looked.page
        await looked.open(f"{PAGE}/due?from={due}&to={due}&customer={customer}")
        await page.locator("tbody tr[data-href]").get_by_role("link", name="CN¥456.00").click()
        await looked.settled()
        row = page.locator("tbody tr[data-href]")
        await expect(row).to_contain_text(customer)
        await row.get_by_role("link", name="CN¥456.00").click()
        await expect(page.get_by_role("heading", name=f"What {customer} owes")).to_be_visible()
        await looked.check("from the calendar")
    answer = await office.ask("GET", f"{PAGE}/due/export.csv?from={due}&to={due}&per=customer")
    assert f"{customer},456.00" in answer.text


async def test_today_names_who_owes_most_overdue(office: Till) -> None:
    customer = await debtor(office, "33333333.00", "22222222.00", due_on="2025-01-02")
    await debtor(office, "44444444.00", due_on="2099-01-02")
    answer = await office.ask("GET", "/console/credit/today/overdue")
    first = answer.text[: answer.text.index("</li>")]
    assert f'href="{PAGE}/customer/{customer}"' in first
    assert "CN¥55,555,555.00" in first
    assert "2 invoices, the oldest" in first
    assert "44,444,444" not in answer.text
    [total] = [t for t in (await office.get("/credit/ageing"))["totals"] if t["currency"] == "CNY"]
    assert f"overdue in all: CN¥{float(total['overdue_amount']):,.2f}" in answer.text
    assert (await office.ask("GET", "/console/credit/today/overdue", role="sales")).status_code == 403


async def test_other_roles(office: Till) -> None:
    for path in ("", "/list", "/export.csv", "/due", "/calls", "/customer/C-1"):
        assert (await office.ask("GET", PAGE + path, role="sales")).status_code == 403
        assert (await office.ask("GET", PAGE + path, role="ops")).status_code in (200, 404)
    answer = await office.ask("GET", f"{PAGE}/customer/nobody", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "Not found" in answer.text
