"""The list of customers in a browser: found, filtered, sorted, paged, exported, and everybody's own."""

import csv
import io
import re
import uuid

import pytest
from playwright.async_api import Browser, expect

from tests.kit.web.browser import Look, every_look
from tests.services.customers.helpers import assign, enter, give_to_sales, hire
from tests.services.customers.pages.looks import desk, page_of
from tests.services.harness import Installation, bearer
from tests.workbooks import lines_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

LIST = "/console/customers/list"


@every_look
async def test_the_list_is_sound(office: Installation, origin: str, browser: Browser, look: Look) -> None:
    await enter(
        office, name="A name that is much longer than a name of a shop usually is, 上海市黄浦区蓝门礼品商店"
    )
    async with desk(browser, origin, **look) as looked:
        for path in (LIST, f"{LIST}?q=nobody-has-this-name"):
            await looked.open(path)
            await looked.check(path)


async def test_filters_search_and_order_are_in_the_address(
    office: Installation, origin: str, browser: Browser
) -> None:
    region = f"r{uuid.uuid4().hex[:6]}"
    seller = await hire(office, name="Zhao Min")
    mine = await enter(office, region=region, category="gift shop", business_form="chain")
    other = await enter(office, region=region, category="hotel")
    await assign(office, mine, seller, "2020-01-01")
    async with desk(browser, origin) as looked:
        page = looked.page
        await looked.open(f"{LIST}?region={region}")
        main = page.get_by_role("main")
        await expect(main).to_contain_text(mine)
        await expect(main).to_contain_text("Cash only")
        await page.get_by_label("Salesperson").select_option(label=f"Zhao Min ({seller})")
        await expect(main).not_to_contain_text(other)
        await expect(page.get_by_role("cell", name="Zhao Min")).to_be_visible()
        await expect(page).to_have_url(re.compile(f"region={region}.*salesperson={seller}"))
        await page.get_by_role("link", name="Clear filters").click()
        await page.get_by_label("Name or number").fill(other)
        await expect(main).not_to_contain_text(mine)
        await expect(main).to_contain_text(other)
        await page.get_by_role("columnheader", name="Customer").get_by_role("link").click()
        await expect(page).to_have_url(re.compile("sort=name"))
        await looked.check("filtered")
        await page.get_by_role("link", name=re.compile("^Blue Door")).click()
        await page.wait_for_url(f"**/console/customers/card/{other}")


async def test_pages_follow_each_other_and_the_file_has_all(office: Installation) -> None:
    region = f"r{uuid.uuid4().hex[:6]}"
    entered = {await enter(office, region=region, name="=1+1" if n == 0 else f"Shop {n}") for n in range(5)}
    first = (await page_of(office, f"{LIST}?region={region}&limit=3", "manager"))[1]
    [after] = re.findall(r'rel="next" href="([^"]+)"', first)
    second = (await page_of(office, after.replace("&amp;", "&"), "manager"))[1]
    on = [{number for number in entered if number in text} for text in (first, second)]
    assert [len(some) for some in on] == [3, 2]
    assert on[0] | on[1] == entered
    answer = await office.client.get(f"/console/customers/list.csv?region={region}&limit=3")
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert {line["customer_id"] for line in lines} == entered
    assert {line["name"] for line in lines} == {"'=1+1", *(f"Shop {n}" for n in range(1, 5))}
    answer = await office.client.get(f"/console/customers/list.xlsx?region={region}&limit=3")
    assert {line["customer_id"] for line in lines_of(answer.content)} == entered
    for form in ("csv", "xlsx"):
        assert f'href="/console/customers/list.{form}?region={region}"' in first
    answer = await office.client.get("/customers", params={"region": region, "format": "xlsx", "limit": 2})
    assert {line["name"] for line in lines_of(answer.content)} == {
        "=1+1",
        *(f"Shop {n}" for n in range(1, 5)),
    }
    assert 'filename="customers.xlsx"' in answer.headers["content-disposition"]


async def test_salespeople_see_their_own_only(office: Installation) -> None:
    region = f"r{uuid.uuid4().hex[:6]}"
    mine, foreign = [await enter(office, region=region) for _ in range(2)]
    await give_to_sales(office, mine)
    for path in (LIST, "/console/customers/list/rows", "/console/customers/list.csv"):
        answer = await office.client.get(f"{path}?region={region}", headers=bearer("sales"))
        assert mine in answer.text, path
        assert foreign not in answer.text, path
    status, page = await page_of(office, LIST, "sales")
    assert status == 200
    assert 'name="salesperson"' not in page


async def test_a_filter_that_is_none_is_refused_with_its_name(office: Installation) -> None:
    answer = await office.client.get(f"{LIST}?standing=fine")
    assert answer.status_code == 422
    assert "standing" in answer.text
