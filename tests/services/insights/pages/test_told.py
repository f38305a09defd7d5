"""Settings of notifications in a browser: channels with what really came of a test, quiet hours, whose affair it is."""

import re
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from tests.kit.web.browser import Look, every_look
from tests.services.insights.alerts.serving import Served, served, until
from tests.services.insights.delivery.outside import Outside, Reply, outside
from tests.services.insights.events import event, tick
from tests.services.insights.pages.desk import desk

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE = "/console/insights/settings"
TOKEN = "0123456789abcdef" * 4
ADDRESS = f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}"


@pytest.fixture(scope="module")
def server() -> Iterator[Outside]:
    with outside() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def office(
    postgres_server: LocalPostgres, tansu_server: TansuBroker, server: Outside
) -> AsyncIterator[Served]:
    settings = {"delivery_origins": server.stand_ins, "delivery_networks": "127.0.0.0/8"}
    async with served(postgres_server, tansu_server, **settings) as running:
        people = (("S-1", "李娜"), ("S-2", "Wang Wei"))
        entered = [
            event("staff.entered", at=-400, salesperson_id=s, name=n, active_from="2024-01-01")
            for s, n in people
        ]
        await running.publish(tick("2026-01-05"), *entered)

        async def known() -> bool:
            found: int = await running.runtime.database.pool.fetchval("SELECT count(*) FROM salespeople")
            return found == len(people)

        await until(known)
        yield running


async def test_a_channel_is_added_tried_changed_switched_off_and_removed(
    office: Served, server: Outside, browser: Browser
) -> None:
    server.replies = [Reply()]
    async with desk(browser, office, "S-1") as looked:
        page, main, dialog = looked.page, looked.page.get_by_role("main"), looked.page.get_by_role("dialog")
        await looked.open(PAGE)
        await expect(main).to_contain_text("No channel yet")
        await page.get_by_role("button", name="Add a channel").click()
        await dialog.get_by_label("Address").fill(f"https://evil.example/{TOKEN}")
        await dialog.get_by_role("button", name="Add a channel").click()
        await expect(dialog.locator(".field-bad")).to_contain_text("is not among TALLYMAN_DELIVERY_HOSTS")
        assert TOKEN not in await page.content()
        looked.wrong.clear()  # Chromium notes the 422, which is wanted here.
        await dialog.get_by_label("Address").fill(ADDRESS)
        await dialog.get_by_label("Secret").fill(f"SEC{TOKEN}")
        await dialog.get_by_label("Alerts from").select_option("warning")
        await dialog.get_by_role("button", name="Add a channel").click()
        await expect(main).to_contain_text("DingTalk robot oapi.dingtalk.com")
        await expect(main).to_contain_text("Warnings and urgent")
        await page.get_by_role("button", name="Send a test message").click()
        await expect(main).to_contain_text("oapi.dingtalk.com took the test message at")
        assert server.seen[-1][0].startswith(f"POST /robot/send?access_token={TOKEN}&timestamp=")
        server.replies = [Reply(body=b'{"errcode":310000,"errmsg":"keywords not in content"}')]
        await page.get_by_role("button", name="Send a test message").click()
        await expect(main).to_contain_text("Not sent: answered 200 with code 310000: keywords not in content")
        await looked.check("tried")
        await (
            page.get_by_role("button", name="Change oapi")
            .or_(main.locator(".channels").get_by_role("button", name="Change"))
            .first.click()
        )
        await expect(dialog.get_by_label("New address")).to_have_value("")
        await dialog.get_by_label("Alerts from").select_option("critical")
        await dialog.get_by_role("button", name="Save").click()
        await expect(main).to_contain_text("Urgent only")
        await page.get_by_role("button", name="Switch off").click()
        await expect(page.get_by_role("button", name="Switch on")).to_be_visible()
        await page.get_by_role("button", name="Switch on").click()
        await expect(page.get_by_role("button", name="Switch off")).to_be_visible()
        assert TOKEN not in await page.content()
        await page.get_by_role("button", name="Remove").click()
        await dialog.get_by_role("button", name="Remove").click()
        await expect(main).to_contain_text("No channel yet")


async def test_quiet_hours_are_set_and_refused_at_their_fields(office: Served, browser: Browser) -> None:
    async with desk(browser, office, "S-1") as looked:
        main, dialog = looked.page.get_by_role("main"), looked.page.get_by_role("dialog")
        await looked.open(PAGE)
        await main.get_by_role("button", name="Change", exact=True).click()
        await dialog.get_by_label("Quiet from").fill("22:00")
        await dialog.get_by_label("Time zone").fill("Mars/Olympus")
        await dialog.get_by_role("button", name="Save").click()
        await expect(dialog.locator(".field-bad")).to_contain_text("must be the name of a time zone")
        await dialog.get_by_label("Time zone").fill("Europe/London")
        await dialog.get_by_role("button", name="Save").click()
        await expect(dialog.locator(".field-bad")).to_contain_text("must be given with quiet_from")
        looked.wrong.clear()
        await dialog.get_by_label("Quiet until").fill("07:30")
        await dialog.get_by_label("Gather for").fill("0")
        await dialog.get_by_label("Urgent alerts").select_option("false")
        await dialog.get_by_role("button", name="Save").click()
        await expect(main).to_contain_text("22:00 to 07:30")
        await expect(main).to_contain_text("No, one by one")
    async with office.client("S-1") as mine:
        [told] = (await mine.get("/insights/recipients")).json()["items"]
        wanted = ("22:00:00", "07:30:00", "Europe/London", 0, False, "S-1")
        fields = ("quiet_from", "quiet_until", "timezone", "digest_minutes", "breaks_through", "set_by")
        assert tuple(told[field] for field in fields) == wanted


async def test_a_manager_sets_others_and_nobody_else_does(office: Served, browser: Browser) -> None:
    async with desk(browser, office) as looked:
        page, main = looked.page, looked.page.get_by_role("main")
        await looked.open(PAGE)
        await page.get_by_label("Person or team").select_option(label="Wang Wei")
        await page.get_by_role("button", name="Open").click()
        await page.wait_for_url(f"**{PAGE}/told/people/S-2")
        await main.get_by_role("button", name="Change", exact=True).click()
        await page.get_by_role("dialog").get_by_role("button", name="Save").click()
        await expect(main).to_contain_text("Set by boss")
        await page.get_by_role("link", name="Settings").last.click()
        await expect(page.locator("tbody")).to_contain_text("Wang Wei")
    async with office.client("S-1", Accept="text/html") as other:
        for path in (
            "list",
            "told?whom=people:S-2",
            "told/people/S-2",
            "told-state/roles/sales",
            "dialog/how/people/S-2",
        ):
            assert (await other.get(f"{PAGE}/{path}", follow_redirects=False)).status_code == 403, path
        assert "Wang Wei" not in (await other.get(PAGE)).text
    async with office.client("admin", Accept="text/html") as ops:
        assert (await ops.get(PAGE)).status_code == 403


@every_look
async def test_pages_are_sound(office: Served, server: Outside, browser: Browser, look: Look) -> None:
    async with office.client() as boss:
        if not (await boss.get("/insights/channels?name=finance")).json()["items"]:
            body = {"kind": "dingtalk", "address": ADDRESS}
            await boss.post("/insights/recipients/roles/finance/channels", json=body)
    async with desk(browser, office, **look) as looked:
        for path in (PAGE, f"{PAGE}/told/roles/finance"):
            await looked.open(path)
            await looked.check(path)
        for name in ("Add a channel|添加渠道", "^(Change|修改)$", "Remove|移除"):
            await looked.page.get_by_role("button", name=re.compile(name)).first.click()
            await expect(looked.page.get_by_role("dialog")).to_be_visible()
            await looked.check(name)
            await looked.page.keyboard.press("Escape")
