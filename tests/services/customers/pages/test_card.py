"""A customer's page in a browser: what is on it, and everything that is done there."""

from datetime import timedelta

import pytest
from playwright.async_api import Browser, expect

from tests.kit.web.browser import SIZES, Look, every_look
from tests.services.customers.helpers import assign, enter, give_to_sales, hire, shown
from tests.services.customers.pages.looks import desk, follow_up, page_of, said
from tests.services.harness import Installation, bearer
from tests.services.today import today

pytestmark = pytest.mark.asyncio(loop_scope="session")


def card(customer_id: str) -> str:
    return f"/console/customers/card/{customer_id}"


async def known(office: Installation) -> str:
    """A customer with a bit of everything."""
    customer = await enter(office, bank_account="6222 0200 1234 5678")
    seller = await hire(office, name="Zhao Min")
    await assign(office, customer, seller, "2020-01-01")
    await follow_up(office, customer_id=customer, remind_on=str(today() - timedelta(days=1)))
    score = {"score": 4, "source": "survey", "comment": "quick delivery"}
    answer = await office.client.post(f"/customers/{customer}/satisfaction", json=score)
    assert answer.status_code == 201
    answer = await office.client.post(f"/customers/{customer}/blacklist", json={"reason": "cheques bounced"})
    assert answer.status_code == 200
    return customer


@every_look
async def test_the_page_is_sound(office: Installation, origin: str, browser: Browser, look: Look) -> None:
    customer = await known(office)
    async with desk(browser, origin, **look) as looked:
        await looked.open(card(customer))
        await looked.check("the page")
        for act in ("edit", "hand-over", "score"):
            await looked.open(card(customer))
            await looked.page.locator(f'[hx-get^="/console/customers/card-dialog/{act}"]').click()
            await expect(looked.page.get_by_role("dialog")).to_be_visible()
            await looked.check(act)


async def test_what_the_archive_knows_is_on_one_page(
    office: Installation, origin: str, browser: Browser
) -> None:
    customer = await known(office)
    async with desk(browser, origin) as looked:
        await looked.open(card(customer))
        main = looked.page.get_by_role("main")
        for text in (
            *("Zhao Min", "send the offer", "4 of 5", "quick delivery", "cheques bounced", "王芳"),
            *("Blacklisted", "Card entered", "6222 0200 1234 5678", "Company customer"),
        ):
            await expect(main).to_contain_text(text)
        asked = await looked.page.locator("[data-slot]").evaluate_all(
            "all => all.map(e => e.getAttribute('hx-get'))"
        )
    for part in ("alerts", "rhythm", "trend", "classes"):
        assert f"/console/insights/customer/{customer}/{part}" in asked
    for part in ("exposure", "money"):
        assert f"/console/credit/customer/{customer}/{part}" in asked


async def test_the_card_is_edited_and_the_change_is_in_the_history(
    office: Installation, origin: str, browser: Browser
) -> None:
    customer = await known(office)
    async with desk(browser, origin) as looked:
        page = looked.page
        await looked.open(card(customer))
        await page.get_by_role("button", name="Edit card").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Name (required)").fill("Green Door")
        await dialog.get_by_label("Tags").fill("VIP，export, east")
        await dialog.get_by_text("Add a contact").click()
        await dialog.locator('[name="contacts.1.name"]').fill("Li Na")
        await dialog.locator('[name="contacts.1.phone"]').fill("+86 21 5555 0102")
        await dialog.get_by_role("button", name="Save").click()
        await said(looked, "The card is changed")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Green Door")
        history = page.locator("#history")
        await expect(history).to_contain_text("Card changed")
        await history.locator("summary").first.click()
        await expect(history).to_contain_text("→ Green Door")
        await looked.check("edited")
    stored = await shown(office, customer)
    assert (stored["name"], stored["tags"], stored["revision"]) == (
        "Green Door",
        ["VIP", "export", "east"],
        2,
    )
    assert [contact["name"] for contact in stored["contacts"]] == ["王芳", "Li Na"]
    assert stored["bank_account"] == "6222 0200 1234 5678"


async def test_a_card_that_somebody_else_changed_is_not_overwritten(
    office: Installation, origin: str, browser: Browser
) -> None:
    customer = await known(office)
    async with desk(browser, origin) as looked:
        page = looked.page
        await looked.open(card(customer))
        await page.get_by_role("button", name="Edit card").click()
        await expect(page.get_by_role("dialog").get_by_label("Name (required)")).to_be_visible()
        other = {"name": "Their Door", "revision": 1, "tags": [], "contacts": []}
        assert (await office.client.put(f"/customers/{customer}", json=other)).status_code == 200
        await page.get_by_role("dialog").get_by_label("Name (required)").fill("My Door")
        await page.get_by_role("dialog").get_by_role("button", name="Save").click()
        await expect(page.get_by_role("dialog")).to_contain_text("This was not done")
    assert (await shown(office, customer))["name"] == "Their Door"


async def test_a_customer_is_handed_over_and_scored(
    office: Installation, origin: str, browser: Browser
) -> None:
    customer, after = await known(office), await hire(office, name="Sun Li")
    async with desk(browser, origin) as looked:
        page = looked.page
        await looked.open(card(customer))
        await page.get_by_role("button", name="Hand over").click()
        await page.get_by_label("To (required)").select_option(after)
        await page.get_by_role("dialog").get_by_role("button", name="Save").click()
        await said(looked, "The customer is handed over")
        await expect(page.locator("#owners")).to_contain_text("Sun Li")
        await page.get_by_role("button", name="Record a score").click()
        await page.get_by_role("dialog").get_by_label("Satisfaction").select_option("2")
        await page.get_by_role("dialog").get_by_label("Notes").fill("came too late")
        await page.get_by_role("dialog").get_by_role("button", name="Save").click()
        await said(looked, "The score is recorded")
        await expect(page.locator("#satisfaction")).to_contain_text("came too late")
        await looked.check("handed over")
    assert (await shown(office, customer))["salesperson_id"] == after


async def test_a_follow_up_is_recorded_from_the_page(
    office: Installation, origin: str, browser: Browser
) -> None:
    customer = await known(office)
    async with desk(browser, origin, size=SIZES["phone"]) as looked:
        page = looked.page
        await looked.open(card(customer))
        await page.get_by_role("button", name="Record a follow-up").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Outcome").select_option("complaint")
        await dialog.get_by_label("Notes").fill("two boxes were wet")
        await dialog.get_by_role("button", name="Save").click()
        await said(looked, "The follow-up is recorded")
        await expect(page.locator("#follow-ups")).to_contain_text("two boxes were wet")
        await looked.check("recorded")


async def test_salespeople_see_their_own_only_and_hand_nothing_over(office: Installation) -> None:
    mine, foreign = await known(office), await known(office)
    await give_to_sales(office, mine)
    for path in ("card/", "part/state/", "part/history/", "card-dialog/edit/"):
        assert (await page_of(office, f"/console/customers/{path}{mine}", "sales"))[0] == 200, path
        assert (await page_of(office, f"/console/customers/{path}{foreign}", "sales"))[0] == 404, path
    _, page = await page_of(office, card(mine), "sales")
    assert "Hand over" not in page
    assert "6222 0200 1234 5678" not in page
    assert (await page_of(office, f"/console/customers/card-dialog/hand-over/{mine}", "sales"))[0] == 403
    posted = await office.client.post(
        f"/console/customers/card-dialog/edit/{foreign}", headers=bearer("sales")
    )
    assert posted.status_code == 404


async def test_operations_see_no_trade_and_no_buttons(office: Installation) -> None:
    customer = await known(office)
    status, page = await page_of(office, card(customer), "ops")
    assert status == 200
    assert "/console/insights/" not in page.split("<main")[1]
    assert "Edit card" not in page
    assert (await page_of(office, card("C-nobody"), "ops"))[0] == 404
