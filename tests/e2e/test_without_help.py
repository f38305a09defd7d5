"""What a person finds who has never seen the console: from the form to sign in on, by what is written there only.

No test here knows an address, an id or a class of the page; what is true is asked of the API.
"""

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Locator, Page, expect

from services.kit.web.formats import Formats
from tests.e2e.shop import Shop
from tests.kit.web.browser import browsing

pytestmark = pytest.mark.slow

ZONE = ZoneInfo("Asia/Shanghai")
LANGUAGE = pytest.mark.parametrize("language", ["en", "zh"])
WORDS = {
    "en": {
        "held": "Held orders",
        "limit": "That is {} too much",
        "late": "The oldest overdue invoice is {} days past its due day",
        "overdue": "Who owes most overdue",
        "quiet": "Good customers gone quiet",
        "silent": "silent for {} days",
        "call": "Whom to call today",
        "owes": "What {} owes",
    },
    "zh": {
        "held": "待放行订单",
        "limit": "超出 {}",
        "late": "最早的逾期发票已逾期 {} 天",
        "overdue": "逾期欠款最多的客户",
        "quiet": "沉睡的优质客户",
        "silent": "已{}天未下单",
        "call": "今天该联系谁",
        "owes": "{} 的欠款",
    },
}


def first_under(page: Page, heading: str) -> Locator:
    """The first line under a heading, as somebody reads it."""
    card = page.get_by_role("region", name=heading)
    return card.get_by_role("listitem").first


def money(amount: str, language: Any) -> str:
    return Formats(language, ZONE).money(amount, "CNY")


@LANGUAGE
async def test_which_orders_are_on_hold_and_why(shop: Shop, language: str) -> None:
    """From the word in the navigation to all of them; each says its reason, and opened, the numbers behind it."""
    words, orders = WORDS[language], shop.ask("/held-orders", limit=200)["items"]
    assert orders
    async with browsing() as browser, shop.signed_in(browser, "manager", language) as looked:
        page = looked.page
        await page.get_by_role("link", name=words["held"]).first.click()
        await looked.settled()
        for order in orders:
            row = page.get_by_role("row", name=order["order_id"])
            await expect(row).to_contain_text(money(order["amount"], language))
            await expect(row).to_contain_text(shop.name(order["customer_id"]))
        order = next(order for order in orders if order["reasons"][0]["rule"] in ("limit", "overdue_days"))
        reason = order["reasons"][0]
        await page.get_by_role("link", name=order["order_id"]).click()
        sentence = (
            words["limit"].format(money(reason["excess"], language))
            if reason["rule"] == "limit"
            else words["late"].format(reason["value"])
        )
        await expect(page.get_by_role("main")).to_contain_text(sentence)


@LANGUAGE
async def test_who_owes_most_overdue(shop: Shop, language: str) -> None:
    """The first line on Today, and a click further the invoices of which it is made."""
    words = WORDS[language]
    customers = shop.ask("/credit/ageing", limit=500)["items"]
    most = max(customers, key=lambda item: Decimal(item["overdue_amount"]))
    name, amount = shop.name(most["customer_id"]), money(most["overdue_amount"], language)
    async with browsing() as browser, shop.signed_in(browser, "manager", language) as looked:
        line = first_under(looked.page, words["overdue"])
        await expect(line).to_contain_text(name)
        await expect(line).to_contain_text(amount)
        await line.get_by_role("link", name=name).click()
        await expect(looked.page.get_by_role("heading", level=1)).to_have_text(words["owes"].format(name))
        await expect(looked.page.get_by_role("main")).to_contain_text(amount)


@LANGUAGE
async def test_which_good_customer_has_gone_quiet(shop: Shop, language: str) -> None:
    """The first line on Today is the one with most at stake, and says for how long nothing was heard."""
    words = WORDS[language]
    quiet = [item for item in shop.ask("/insights/dormant", limit=200)["items"] if item["at_stake"]]
    most = max(quiet, key=lambda item: Decimal(item["at_stake"]))
    async with browsing() as browser, shop.signed_in(browser, "manager", language) as looked:
        line = first_under(looked.page, words["quiet"])
        await expect(line).to_contain_text(most["name"])
        await expect(line).to_contain_text(words["silent"].format(most["silence"]))
        await expect(line).to_contain_text(money(most["at_stake"], language))
        await line.get_by_role("link", name=most["name"]).click()
        await expect(looked.page.get_by_role("heading", level=1)).to_contain_text(most["name"])


@LANGUAGE
async def test_whom_to_call_today(shop: Shop, language: str) -> None:
    """A salesperson sees the first of their own due calls with its phone number, and why to call."""
    words = WORDS[language]
    mine = shop.ask("/people", limit=200)["items"]
    seller = next(person["salesperson_id"] for person in mine if person["login"] == f"sales.{language}")
    due = shop.ask("/follow-ups", due=True, salesperson=seller, sort="remind_on", limit=200)["items"]
    first = next(item for item in due if item["customer_id"])
    card = shop.ask(f"/customers/{first['customer_id']}")
    async with browsing() as browser, shop.signed_in(browser, "sales", language) as looked:
        region = looked.page.get_by_role("region", name=words["call"])
        line = region.get_by_role("listitem").filter(has_text=card["name"]).first
        await expect(line).to_contain_text(first["next_step"] or first["notes"])
        await expect(line).to_contain_text(card["contacts"][0]["phone"])
        await line.get_by_role("link", name=card["name"]).click()
        await expect(looked.page.get_by_role("heading", level=1)).to_contain_text(card["name"])
