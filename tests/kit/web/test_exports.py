"""Lists as files: all of a list, page by page, and no more than a file should hold."""

from services.kit.http.pages import Page, PageQuery
from services.kit.web import exports


class Counted:
    """A list of numbers that is read page by page."""

    def __init__(self, length: int) -> None:
        self.numbers = list(range(length))
        self.asked: list[PageQuery] = []

    async def read(self, query: PageQuery) -> Page[int]:
        self.asked.append(query)
        first = int(query.cursor or 0)
        last = first + query.limit
        following = str(last) if last < len(self.numbers) else None
        return Page(items=self.numbers[first:last], next=following)


async def test_a_file_has_what_comes_after_the_first_page_too() -> None:
    listed = Counted(1_234)
    query = PageQuery(limit=50, cursor="50", sort="-placed_at")
    assert await exports.every_item(listed.read, query) == listed.numbers
    assert [(q.cursor, q.sort) for q in listed.asked] == [
        (None, "-placed_at"),
        ("500", "-placed_at"),
        ("1000", "-placed_at"),
    ]


async def test_a_file_ends_somewhere() -> None:
    listed = Counted(1_000_000)
    assert len(await exports.every_item(listed.read, PageQuery())) == exports.LONGEST_EXPORT_ROWS
