"""Held orders in a browser: what is on the pages, what can be done there, and that it is live."""

import re

import pytest
from playwright.async_api import Browser, expect

from tests.kit.web.browser import Look, Looked, every_look, looking
from tests.services.credit.api.conftest import KEYS, PEOPLE, Till

pytestmark = pytest.mark.asyncio(loop_scope="session")

FINANCE = {"Authorization": f"Bearer {KEYS['finance']}"}


async def held(office: Till, amount: str = "900.00") -> tuple[str, str]:
    """A customer with a limit of 500.00 and an order above it."""
    customer = await office.customer("500.00")
    return customer, await office.order(customer, amount)


def desk(browser: Browser, origin: str, **options: object):  # type: ignore[no-untyped-def]
    return looking(browser, origin, **({"headers": FINANCE, "alone": "credit"} | options))  # type: ignore[arg-type]


@every_look
async def test_pages_are_sound(office: Till, origin: str, browser: Browser, look: Look) -> None:
    _, order = await held(office)
    async with desk(browser, origin, **look) as looked:
        for path in ("/console/credit/held", f"/console/credit/held/order/{order}"):
            await looked.open(path)
            await looked.check(path)
        await looked.page.get_by_role("button", name=re.compile("Release|放行")).first.click()
        await expect(looked.page.get_by_role("dialog")).to_be_visible()
        await looked.check("the dialog")


async def test_an_order_says_why_in_words_and_numbers(office: Till, origin: str, browser: Browser) -> None:
    customer = await office.customer("500.00")
    await office.order(customer, "400.00")
    order = await office.order(customer, "250.00")
    async with desk(browser, origin) as looked:
        await looked.open("/console/credit/held")
        await looked.page.get_by_role("link", name=order, exact=True).click()
        main = looked.page.get_by_role("main")
        await expect(main).to_contain_text(
            "With this order the exposure would be CN¥650.00; the limit is CN¥500.00. That is CN¥150.00 too much."
        )
        await expect(main).to_contain_text("CN¥250.00 would be held")
        await expect(main).to_contain_text("The largest amount that passes now is CN¥100.00.")
        await looked.page.get_by_role("slider").fill("40")
        await expect(main).to_contain_text("CN¥100.00 would pass")
    async with desk(browser, origin, language="zh-CN") as looked:
        await looked.open(f"/console/credit/held/order/{order}")
        await expect(looked.page.get_by_role("main")).to_contain_text(
            "加上此订单，占用额度将达 ¥650.00，信用额度为 ¥500.00，超出 ¥150.00。"
        )


async def test_an_order_is_claimed_noted_and_rejected(office: Till, origin: str, browser: Browser) -> None:
    _, order = await held(office)
    async with desk(browser, origin) as looked:
        page = looked.page
        await looked.open(f"/console/credit/held/order/{order}")
        await page.get_by_role("button", name="Claim").click()
        await expect(page.get_by_role("status").last).to_contain_text(f"{order} is yours")
        await expect(page.get_by_role("button", name="Give back")).to_be_visible()
        await page.get_by_role("button", name="Note").click()
        await page.get_by_label("Note (required)").fill("<b>pays</b> on Friday")
        await page.get_by_role("button", name="Save note").click()
        await expect(page.get_by_role("main")).to_contain_text("<b>pays</b> on Friday")
        await page.get_by_role("button", name="Reject").click()
        await page.get_by_label("Reason (required)").fill("   ")
        await page.get_by_role("dialog").get_by_role("button", name="Reject").click()
        await expect(page.get_by_text("is missing")).to_be_visible()
        looked.wrong.clear()  # Chromium notes the 422, which is wanted here.
        await page.get_by_label("Reason (required)").fill("does not pay")
        await page.get_by_role("dialog").get_by_role("button", name="Reject").click()
        await expect(page.get_by_role("main")).to_contain_text("This order does not wait any more.")
        await expect(page.get_by_role("main")).to_contain_text("does not pay")
        await looked.check("after the ruling")
    assert await office.outcome(order) == "rejected"


REFRESHED = """() => new Promise(done => {
  document.addEventListener("htmx:afterRequest", event => event.detail.target.id === "state" && setTimeout(done));
  htmx.trigger(document.body, "changed");
})"""


async def test_a_press_counts_though_the_page_is_refreshed_under_it(
    office: Till, origin: str, browser: Browser
) -> None:
    _, order = await held(office)
    async with desk(browser, origin) as looked:
        page = looked.page
        await looked.open(f"/console/credit/held/order/{order}")
        await page.get_by_role("button", name="Reject").hover()
        await page.mouse.down()
        await page.evaluate(REFRESHED)
        async with page.expect_response("**/held/state/**"):
            await page.mouse.up()
        await expect(page.get_by_label("Reason (required)")).to_be_visible()


async def test_above_a_ceiling_a_second_person_releases(office: Till, origin: str, browser: Browser) -> None:
    _, order = await held(office)
    await set_ceiling(office)
    clerk = {"Authorization": f"Bearer {PEOPLE['clerk'][0]}"}
    async with desk(browser, origin, headers=clerk) as looked:
        await rule(looked, order, "Release", "agreed with the owner")
        await expect(looked.page.get_by_role("main")).to_contain_text("Waits for a second person")
        await expect(looked.page.get_by_role("button", name="Withdraw the request")).to_be_visible()
    assert await office.outcome(order) == "held"
    async with desk(browser, origin) as looked:
        await rule(looked, order, "Approve", "I agree")
        await expect(looked.page.get_by_role("main")).to_contain_text("by clerk and finance-person")
    assert await office.outcome(order) == "approved"


async def set_ceiling(office: Till) -> None:
    """The clerk may release nothing alone, finance anything."""
    body = {"currency": "CNY", "amount": "1.00", "reason": "new here"}
    answer = await office.ask("PUT", "/credit/ceilings/people/clerk", body, role="manager")
    assert answer.status_code < 300, answer.text


async def rule(looked: Looked, order: str, what: str, why: str) -> None:
    await looked.open(f"/console/credit/held/order/{order}")
    await looked.page.get_by_role("button", name=what, exact=True).click()
    await looked.page.get_by_label("Reason (required)").fill(why)
    await looked.page.get_by_role("dialog").get_by_role("button", name=what, exact=True).click()


async def test_a_held_order_appears_and_leaves_by_itself(office: Till, origin: str, browser: Browser) -> None:
    async with desk(browser, origin) as looked:
        await looked.open("/console/credit/held")
        await expect(looked.page.get_by_text("Live", exact=True)).to_be_visible()
        customer, order = await held(office, "700.00")
        row = looked.page.get_by_role("link", name=order, exact=True)
        await row.wait_for()
        await office.happened("terms.set", 5, customer_id=customer, limit="5000.00")
        await expect(row).to_have_count(0)
        await looked.check("after the news")


async def test_filters_are_in_the_address(office: Till, origin: str, browser: Browser) -> None:
    customer, mine = await held(office)
    _, other = await held(office)
    async with desk(browser, origin) as looked:
        page = looked.page
        await looked.open("/console/credit/held")
        await page.get_by_label("Customer’s number").fill(customer)
        await expect(page.get_by_role("link", name=other, exact=True)).to_have_count(0)
        await expect(page.get_by_role("link", name=mine, exact=True)).to_be_visible()
        assert page.url.endswith(f"/console/credit/held?customer={customer}")
        await page.reload()
        await expect(page.get_by_role("link", name=other, exact=True)).to_have_count(0)
        await page.get_by_label("Work").select_option("false")
        await expect(page.get_by_text("No order is on hold")).to_be_visible()
        await page.get_by_role("link", name="Clear filters").click()
        await expect(page.get_by_role("link", name=other, exact=True)).to_be_visible()
        await looked.check("filtered")


async def test_the_list_is_used_by_keyboard(office: Till, origin: str, browser: Browser) -> None:
    await held(office)
    async with desk(browser, origin) as looked:
        page = looked.page
        await looked.open("/console/credit/held?sort=-placed_at")
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog")).to_contain_text("Keyboard shortcuts")
        await page.keyboard.press("Escape")
        await page.keyboard.press("/")
        await expect(page.get_by_role("searchbox", name="Find a customer")).to_be_focused()
        await page.keyboard.press("Escape")
        await page.locator("h1").click()
        await page.keyboard.press("j")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/console/credit/held/order/**")


async def test_a_reader_without_the_role_has_no_buttons(office: Till, origin: str, browser: Browser) -> None:
    _, order = await held(office)
    async with desk(browser, origin, headers={"Authorization": f"Bearer {KEYS['ops']}"}) as looked:
        await looked.open(f"/console/credit/held/order/{order}")
        await expect(looked.page.get_by_role("heading", name="History")).to_be_visible()
        await expect(looked.page.get_by_role("button", name="Release")).to_have_count(0)
        await looked.check("ops")
    answer = await office.ask("GET", "/console/credit/held", role="sales", headers={"Accept": "text/html"})
    assert answer.status_code == 403
    assert "Not for your role" in answer.text
