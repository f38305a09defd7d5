"""The policy in a browser: read, changed, refused at its fields, tried on the past and activated."""

import re

import pytest
from playwright.async_api import Browser, expect

from tests.kit.web.browser import Look, every_look, looking
from tests.services.credit.api.conftest import KEYS, Till
from tests.services.credit.pages.test_held import held, set_ceiling

pytestmark = pytest.mark.asyncio(loop_scope="session")

MANAGER = {"Authorization": f"Bearer {KEYS['manager']}"}
PAGE = "/console/credit/policy"


def desk(browser: Browser, origin: str, **options: object):  # type: ignore[no-untyped-def]
    return looking(browser, origin, **({"headers": MANAGER, "alone": "credit"} | options))  # type: ignore[arg-type]


async def test_a_version_is_changed_tried_and_activated(office: Till, origin: str, browser: Browser) -> None:
    async with desk(browser, origin) as looked:
        page = looked.page
        await looked.open(f"{PAGE}/edit/1")
        await expect(page.locator("[name='overdue_days.max_days']")).to_have_value("30")
        await page.locator("[name='overdue_days.max_days']").fill("many")
        await page.get_by_label("Reason").fill("resolved in June")
        await page.get_by_role("button", name="Save as a draft").click()
        await expect(page.locator(".field-bad")).to_contain_text("must be a whole number")
        await expect(page.locator("[name='overdue_days.max_days']")).to_have_value("many")
        looked.wrong.clear()  # Chromium notes the 422, which is wanted here.
        await looked.check("refused")
        await page.locator("[name='overdue_days.max_days']").fill("45")
        await page.locator("[name='single_order_maximum.amount']").fill("1.234")
        await page.get_by_role("button", name="Save as a draft").click()
        await expect(page.locator(".field-bad [name='single_order_maximum.amount']")).to_be_visible()
        looked.wrong.clear()
        await page.locator("[name='single_order_maximum.amount']").fill("80000.00")
        await page.get_by_role("button", name="Save as a draft").click()
        await page.wait_for_url(re.compile(r"/policy/version/\d+$"))
        version = int(page.url.rpartition("/")[2])
        await page.get_by_role("button", name="Try it first").click()
        await page.wait_for_url("**/policy/back-test/**")
        await expect(page.get_by_role("heading", name="Decisions that flip")).to_be_visible(timeout=30_000)
        await looked.check("tried")
        await page.get_by_role("link", name=f"Version {version}").click()
        await page.get_by_role("button", name="Activate").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("From").fill("2001-01-01")
        await dialog.get_by_label("Reason").fill("resolved in June")
        await dialog.get_by_role("button", name="Activate").click()
        await expect(page.get_by_text(re.compile("is over: the business day"))).to_have_count(2)
        looked.wrong.clear()
        await page.get_by_role("dialog").get_by_label("From").fill("")
        await page.get_by_role("dialog").get_by_role("button", name="Activate").click()
        await expect(page.get_by_role("main")).to_contain_text(re.compile("Scheduled|In force"))
        await expect(page.get_by_role("button", name="Activate")).to_have_count(0)
    shown = await office.get(f"/credit/policies/{version}")
    assert shown["policy"]["company"]["overdue_days"]["max_days"] == 45
    assert shown["policy"]["company"]["single_order_maximum"]["amounts"] == [
        {"currency": "CNY", "amount": "80000.00"}
    ]
    assert shown["activated_at"] is not None


async def test_json_with_a_mistake_says_where(office: Till, origin: str, browser: Browser) -> None:
    async with desk(browser, origin) as looked:
        page = looked.page
        await looked.open(f"{PAGE}/edit/1?tab=json")
        await page.get_by_label("Reason").fill("a try")
        for text, said in (
            ("{", "is no JSON"),
            ('{"company": {"surprise": 1}}', "company.surprise: is not known here"),
        ):
            await page.get_by_label("The whole policy").fill(text)
            await page.get_by_role("button", name="Save as a draft").click()
            await expect(page.locator(".field-bad .error")).to_contain_text(said)
            looked.wrong.clear()


@every_look
async def test_pages_are_sound(office: Till, origin: str, browser: Browser, look: Look) -> None:
    paths = (
        PAGE,
        f"{PAGE}/version/1",
        f"{PAGE}/edit/1",
        f"{PAGE}/edit/1?tab=json",
        "/console/credit/approvals",
    )
    async with desk(browser, origin, **look) as looked:
        for path in paths:
            await looked.open(path)
            await looked.check(path)


async def test_what_waits_for_a_second_person_is_listed(office: Till, origin: str, browser: Browser) -> None:
    _, order = await held(office)
    await set_ceiling(office)
    answer = await office.ask("POST", f"/held-orders/{order}/release", {"reason": "agreed"}, role="clerk")
    assert answer.status_code == 202
    async with desk(browser, origin) as looked:
        await looked.open("/console/credit/held")
        await looked.page.get_by_role("link", name="Wait for a second person").click()
        await looked.page.get_by_role("main").get_by_role("link", name=order).click()
        await expect(looked.page.get_by_role("button", name="Approve")).to_be_visible()


async def test_roles(office: Till) -> None:
    assert (await office.ask("GET", PAGE, role="sales")).status_code == 403
    for role, status in (("ops", 403), ("finance", 200)):
        assert (await office.ask("GET", f"{PAGE}/edit/1", role=role)).status_code == status
    assert (await office.ask("GET", f"{PAGE}/version/1/activate", role="finance")).status_code == 403
    assert (
        await office.ask("POST", f"{PAGE}/version/1/try", role="finance")
    ).status_code == 403  # no form of ours
