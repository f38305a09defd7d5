"""Operations in a browser: how a service does, and its dead letters mended, retried and discarded."""

import json
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from contracts.codec import encode
from tests.kit.web.browser import Look, every_look, looking
from tests.services.credit import events as made
from tests.services.credit.api.conftest import KEYS, Till
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

OPS = {"Authorization": f"Bearer {KEYS['ops']}"}
PAGE = "/console/operations"
LETTERS = "/console/credit/operations/dead-letters"


def desk(browser: Browser, origin: str, **options: object):  # type: ignore[no-untyped-def]
    return looking(browser, origin, **({"headers": OPS, "alone": "credit"} | options))  # type: ignore[arg-type]


async def set_aside(office: Till, value: bytes) -> int:
    """Publish a record that cannot be applied; return its dead letter's number."""
    runtime = office.runtime
    sent = await runtime.producer.send_and_wait(
        runtime.settings.topic("orders"), value, key=b"C-x", partition=0, headers=[("id", b"x")]
    )
    query = 'SELECT id FROM dead_letters WHERE topic = $1 AND partition = 0 AND "offset" = $2'

    async def number() -> int | None:
        found: int | None = await runtime.database.pool.fetchval(query, "orders", sent.offset)
        return found

    async def there() -> bool:
        return await number() is not None

    await until(there)
    found = await number()
    assert found is not None
    return found


def an_order(office: Till, **changes: Any) -> tuple[str, dict[str, Any]]:
    """An order as an event, and the customer it is of."""
    customer = office.new("C-mended")
    event = made.event(
        "order.placed", 1, customer_id=customer, order_id=office.new("O-mended"), amount="10.00"
    )
    decoded: dict[str, Any] = json.loads(encode(event))
    decoded["data"] |= changes
    return customer, decoded


@every_look
async def test_pages_are_sound(office: Till, origin: str, browser: Browser, look: Look) -> None:
    number = await set_aside(office, b'{"id": "\xff\x00' + b"a long value " * 40)
    async with desk(browser, origin, **look) as looked:
        for path in (PAGE, LETTERS, f"{LETTERS}/{number}"):
            await looked.open(path)
            await expect(looked.page.locator("h1")).to_be_visible()
            await looked.check(path)


async def test_a_service_says_how_it_does(office: Till, origin: str, browser: Browser) -> None:
    number = await set_aside(office, b"no event")
    async with desk(browser, origin) as looked:
        page = looked.page
        await looked.open(PAGE)
        card = page.locator("#service-credit")
        await expect(card).to_contain_text("Works")
        await expect(card).to_contain_text("Events not applied yet")
        count = await office.runtime.database.pool.fetchval(
            "SELECT count(*) FROM dead_letters WHERE state = 'open'"
        )
        await expect(card.locator("li", has_text="Open dead letters").locator(".figure")).to_have_text(
            str(count)
        )
        await card.get_by_role("link", name="Open dead letters").click()
        await page.get_by_role("link", name=str(number), exact=True).click()
        main = page.get_by_role("main")
        await expect(main).to_contain_text("6e 6f 20 65 76 65 6e 74")
        await expect(main).to_contain_text("It would be refused again")
        await looked.check("the letter")


async def test_a_value_is_mended_and_retried(office: Till, origin: str, browser: Browser) -> None:
    customer, event = an_order(office, amount="ten")
    number = await set_aside(office, json.dumps(event).encode())
    async with desk(browser, origin) as looked:
        page = looked.page
        await looked.open(f"{LETTERS}/{number}")
        await page.get_by_role("button", name="Retry").click()
        await expect(page.locator(".field-bad .error")).to_contain_text("amount")
        looked.wrong.clear()  # Chromium notes the 422, which is wanted here.
        await looked.check("refused")
        event["data"]["amount"] = "10.00"
        await page.get_by_label("Value").fill(json.dumps(event))
        await page.get_by_role("button", name="Retry").click()
        await expect(page.get_by_role("status").last).to_contain_text(f"{number} is published again")
        await expect(page.get_by_role("main")).to_contain_text("Retried")
        await expect(page.get_by_role("button", name="Discard")).to_have_count(0)
        await looked.check("retried")

    async def applied() -> bool:
        return (await office.ask("GET", f"/accounts/{customer}")).status_code == 200

    await until(applied)


async def test_discarding_is_asked_twice_and_kept(office: Till, origin: str, browser: Browser) -> None:
    number = await set_aside(office, b"<b>junk</b>")
    async with desk(browser, origin) as looked:
        page = looked.page
        await looked.open(f"{LETTERS}/{number}")
        await page.get_by_role("button", name="Discard").click()
        await page.get_by_role("dialog").get_by_role("button", name="Discard").click()
        await expect(page.get_by_role("main")).to_contain_text("Discarded")
        await expect(page.get_by_role("main")).to_contain_text("ops-person")
        await expect(page.get_by_role("main")).to_contain_text("<b>junk</b>")
        await looked.open(LETTERS)
        await expect(page.get_by_role("link", name=str(number), exact=True)).to_have_count(0)
        await page.get_by_label("State").select_option("discarded")
        await expect(page.get_by_role("link", name=str(number), exact=True)).to_be_visible()


async def test_bytes_that_are_no_text_are_retried_as_they_were(office: Till) -> None:
    number = await set_aside(office, b"\xff\xfe")
    page = await office.ask("GET", f"{LETTERS}/{number}", role="ops")
    token = page.cookies["tallyman_csrf"]
    answer = await office.client.post(
        f"{LETTERS}/{number}/retry",
        data={"csrf": token, "value": "\\xff\\xfe"},
        headers=OPS | {"Cookie": f"tallyman_csrf={token}"},
    )
    assert answer.status_code == 422
    assert await office.runtime.database.pool.fetchval(
        "SELECT state = 'open' AND value = '\\xfffe' FROM dead_letters WHERE id = $1", number
    )


async def test_all_are_retried_at_once_and_what_is_refused_stays(
    office: Till, origin: str, browser: Browser
) -> None:
    number = await set_aside(office, b"never an event")
    async with desk(browser, origin) as looked:
        await looked.open(LETTERS)
        await looked.page.get_by_role("button", name="Retry all open").click()
        await expect(looked.page.get_by_role("status").last).to_contain_text("would be refused still")
        await expect(looked.page.get_by_role("link", name=str(number), exact=True)).to_be_visible()


async def test_roles_and_forms_of_other_sites(office: Till) -> None:
    number = await set_aside(office, b"not for everybody")
    for role in ("sales", "finance"):
        for path in (PAGE, "/console/credit/operations/health", LETTERS, f"{LETTERS}/{number}"):
            assert (await office.ask("GET", path, role=role)).status_code == 403
    health = await office.ask("GET", "/console/credit/operations/health", role="manager")
    assert health.status_code == 200
    assert LETTERS not in health.text
    assert (await office.ask("GET", f"{LETTERS}/{number}", role="manager")).status_code == 403
    for what in (f"{number}/retry", f"{number}/discard", "retry-all"):
        assert (await office.ask("POST", f"{LETTERS}/{what}", role="ops")).status_code == 403
    assert (await office.ask("GET", f"{LETTERS}/999999", role="ops")).status_code == 404
