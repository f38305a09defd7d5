"""Lists as files: everything that is in them, whatever page of them is shown."""

import pytest
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response

from services.kit.http.exports import Exported
from services.kit.http.pages import Page, PageQuery, page_of
from services.kit.http.problems import Problem
from services.kit.web import exports
from services.kit.web.forms import filters


class Sums(PageQuery):
    """A list with a filter."""

    region: str | None = None


def test_a_file_has_the_filters_and_the_order_of_its_page_and_no_place_in_it() -> None:
    shown = Sums(limit=50, cursor="50", sort="-placed_at", region="East")
    asked = exports.filed(shown, "xlsx")
    assert (asked.format, asked.cursor, asked.sort, asked.region) == ("xlsx", None, "-placed_at", "East")


def test_the_address_of_a_file_is_that_of_the_whole_list() -> None:
    query = b"region=East&cursor=abc&limit=50&sort=-name&empty="
    request = Request({"type": "http", "query_string": query, "headers": []})
    assert exports.export_links(request, "/console/x/list") == (
        ("CSV", "/console/x/list.csv?region=East&sort=-name"),
        ("XLSX", "/console/x/list.xlsx?region=East&sort=-name"),
    )


class Shown(PageQuery):
    """A page's own: shorter, unless its address says otherwise."""

    limit: int = 25


@pytest.mark.parametrize("limit", ["0", "-1", "501", "100000000"])
async def test_a_page_is_as_bounded_as_its_json_route(limit: str) -> None:
    request = Request({"type": "http", "query_string": f"limit={limit}".encode(), "headers": []})
    with pytest.raises(RequestValidationError) as refused:
        await filters(Shown)(request)
    assert refused.value.errors()[0]["loc"] == ("query", "limit")
    assert Shown().limit == 25


async def test_a_file_is_answered_whether_it_is_returned_or_raised() -> None:
    file = Response("a,b")

    async def raises() -> Page[int]:
        raise Exported(file)

    async def returns() -> Response:
        return file

    assert await exports.as_file(raises()) is file
    assert await exports.as_file(returns()) is file


@pytest.mark.parametrize("limit", [1, 3, 7, 8, 500])
@pytest.mark.parametrize("sort", [None, "size", "-size"])
def test_pages_of_a_list_that_is_read_whole_make_the_list(limit: int, sort: str | None) -> None:
    items = [5, 3, 9, 1, 1, 7, 2]
    sorts = {"size": lambda item: item}
    ordered = items if sort is None else sorted(items, reverse=sort == "-size")
    found: list[int] = []
    cursor: str | None = None
    while True:
        page = page_of(items, PageQuery(limit=limit, sort=sort, cursor=cursor), sorts)
        assert len(page.items) <= limit
        found += page.items
        cursor = page.next
        if cursor is None:
            break
    assert found == ordered


@pytest.mark.parametrize(
    "asked", [{"sort": "weight"}, {"cursor": "-1"}, {"cursor": "²"}, {"cursor": "9" * 50}]
)
def test_what_such_a_list_does_not_know_is_refused(asked: dict[str, str]) -> None:
    with pytest.raises(Problem) as refused:
        page_of([1, 2], PageQuery(**asked), {"size": lambda item: item})
    assert refused.value.status == 422
    assert refused.value.errors[0][0] == f"query.{next(iter(asked))}"
