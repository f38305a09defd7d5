"""What the pages of this service share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from urllib.parse import quote

from fastapi import Depends, Request, Response
from pydantic import BaseModel
from sqlalchemy import select

from services.insights.people import known_as
from services.insights.tables_dormancy import salespeople
from services.insights.texts import TEXTS
from services.insights.texts.sentences import SENTENCES
from services.kit.http.auth import Principal
from services.kit.http.pages import Page, PageQuery
from services.kit.runtime import Runtime
from services.kit.web.console import Console
from services.kit.web.exports import export_links
from services.kit.web.navigation import may_open
from services.kit.web.sentences import reader_of
from services.kit.web.tables import Row, Table, Tone
from services.kit.web.texts import Language
from services.kit.web.visitors import visitor

console = Console("services.insights", TEXTS)
sentences = reader_of(SENTENCES)

Trade = Annotated[Principal, Depends(visitor("sales", "finance", "manager"))]
"""Whose pages these are."""

SEVERITY_TONES: dict[str, Tone] = {"info": "info", "warning": "warn", "critical": "bad"}


@dataclass(frozen=True, slots=True)
class Staff:
    """Names of salespeople, for pages on which only their ids are known."""

    names: dict[str, str]
    me: str
    language: Language

    def name(self, salesperson_id: str | None) -> str:
        """Return what to call somebody; the id where nobody has entered a name."""
        if not salesperson_id:
            return console.text(self.language, "staff.nobody")
        if salesperson_id == self.me:
            return console.text(self.language, "staff.you")
        return self.names.get(salesperson_id) or salesperson_id

    def options(self) -> list[tuple[str, str]]:
        """Return everybody for a select, by name."""
        return sorted(((i, name or i) for i, name in self.names.items()), key=lambda option: option[1])


async def staff_of(runtime: Runtime, principal: Principal, language: Language) -> Staff:
    """Return the salespeople there are, a few hundred at most."""
    statement = select(salespeople.c.salesperson_id, salespeople.c.name)
    async with runtime.database.engine.connect() as connection:
        rows = (await connection.execute(statement)).all()
    return Staff({row.salesperson_id: row.name for row in rows}, known_as(principal), language)


def prospect_href(prospect_id: str, principal: Principal) -> str | None:
    """Return the address of a prospect's page, which the customers service shows; None: not to this reader."""
    page = f"/console/customers/prospects/item/{quote(prospect_id, safe='')}"
    return page if may_open(principal, ("sales", "manager")) else None


def kind_name(kind: str, language: Language) -> str:
    """Return the name of a kind of alert; another service's own kind is called what it calls it."""
    return console.text(language, f"alert.kind.{kind}") if f"alert.kind.{kind}" in console.texts else kind


QueryT = TypeVar("QueryT", bound=BaseModel)
ItemT = TypeVar("ItemT")


def shown(query: QueryT) -> QueryT:
    """Return a list's query as a page asks it, whatever form the address names."""
    return query.model_copy(update={"format": "json"})


def table_of(
    request: Request,
    page: str,
    query: PageQuery,
    answer: Page[ItemT] | Response,
    row: Callable[[ItemT], Row],
    **named: Any,
) -> Table:
    """Return what a list's JSON route answered as a table; its fragment and its file are where those of all lists are.

    Args:
        page: the page's address.
        named: what is the list's own: ``id``, ``label``, ``columns``, ``default_sort``, ``empty``, ``live``.
    """
    assert isinstance(answer, Page), "asked as a page does, it answers with a page"
    return Table(
        page=page,
        path=f"{page}/list",
        rows=[row(item) for item in answer.items],
        query=query,
        next=answer.next,
        exports=export_links(request, f"{page}/export"),
        **named,
    )
