"""Every part of a page on one page, for looking at and for the tests of the shell."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from services.kit.http.auth import Authenticator, Principal
from services.kit.http.pages import PageQuery
from services.kit.http.problems import Problem
from services.kit.http.shell import bare_app
from services.kit.settings import Settings
from services.kit.web import add_console
from services.kit.web.console import Console, toast
from services.kit.web.figures import Bar, Chart, Series, Slice, Tile
from services.kit.web.forms import Form, Refused, sent_form
from services.kit.web.tables import (
    Badge,
    Badges,
    Column,
    Customer,
    Day,
    Link,
    Moment,
    Money,
    Number,
    Percent,
    Plain,
    Row,
    Table,
)
from services.kit.web.texts import Text
from services.kit.web.visitors import visitor

KEY = "reader-key-0123456789"
TEXTS = {
    name: Text(name.replace("g.", "").title(), f"示例{number}")
    for number, name in enumerate(
        ("g.title", "g.one", "g.two", "g.three", "g.sales", "g.margin", "g.limit", "g.list", "g.chart")
    )
}
console = Console("tests.kit.web", [TEXTS])
Visitor = Annotated[Principal, Depends(visitor())]


class Wanted(BaseModel):
    """What the form takes."""

    name: str = Field(min_length=3)
    count: int = Field(ge=1)


def table() -> Table:
    """One cell of each kind."""
    columns = [Column("g.one", sort="one"), Column("g.two", wide=True)]
    columns += [Column("g.three", align="end") for _ in range(9)]
    cells = (
        Link("SO-1", "/console/gallery"),
        Customer("C-1", "广州恒光照明有限公司"),
        Money("1234567.50", "CNY", "below"),
        Number(12.345, 1),
        Percent(0.256),
        Day(date(2026, 1, 5), "bad"),
        Moment(datetime(2026, 1, 5, 9, 30, tzinfo=UTC)),
        Badge("held", "warn", "below"),
        Badges([Badge("one", "bad"), Badge("two", "info")]),
        Plain("plain", "below"),
        Money(None, "CNY"),
    )
    return Table(
        id="list",
        label="g.list",
        page="/console/gallery",
        path="/console/gallery/list",
        columns=columns,
        rows=[Row(cells, "/console/gallery?row=1"), Row(cells)],
        query=PageQuery(),
        next="a-cursor",
        default_sort="-one",
        exports=(("CSV", "/console/gallery/list.csv"), ("XLSX", "/console/gallery/list.xlsx")),
    )


def charts() -> list[Chart]:
    """Lines and bars by day, points by number."""
    days = [f"1/{day}" for day in range(1, 31)]
    values = [1000.0 + 40 * day % 300 for day in range(30)]
    return [
        Chart(
            "trend",
            "g.chart",
            days,
            [Series("g.sales", values, "bars"), Series("g.margin", [v / 3 for v in values], colour="three")],
            unit="CNY",
        ),
        Chart("scatter", "g.chart", [1.0, 2.0, 5.0], [Series("g.one", [3, 2, 7], "points")], unit="number"),
    ]


@asynccontextmanager
async def _nothing(_: FastAPI) -> AsyncIterator[None]:
    yield


def gallery_app() -> FastAPI:
    """The shell with nothing but this page: no database, no broker."""
    app = bare_app("gallery", "Gallery", _nothing)
    settings = Settings.model_validate(
        {"database_url": "postgresql://nowhere/none", "api_keys": f"{KEY}:system:陈晓"}
    )
    app.state.settings = settings
    app.state.authenticator = Authenticator(settings)
    add_console(app, "gallery")

    @app.get("/console/gallery")
    async def gallery(request: Request, principal: Visitor) -> HTMLResponse:
        bar = Bar([Slice("g.one", 30, "30"), Slice("g.two", 60, "60", "over")], 70, "g.limit", "70")
        tiles = [Tile("g.one", "1,234", "/console/gallery", "below", "bad"), Tile("g.two", "5")]
        parts: dict[str, Any] = {
            "table": table(),
            "charts": charts(),
            "bar": bar,
            "tiles": tiles,
            "form": Form(),
        }
        return console.page(request, principal, "gallery.html", nav="", **parts)

    @app.post("/console/gallery/form")
    async def send(request: Request, principal: Visitor) -> HTMLResponse:
        form = await sent_form(request)
        try:
            wanted = form.parse(Wanted)
            if wanted.name == "taken":
                raise Problem(409, "this name is taken", errors=[("path.name", "is taken")])
        except Refused as error:
            form.fail(error)
            return console.fragment(request, principal, "form.html", form=form, status=form.status)
        return console.fragment(request, principal, "form.html", form=Form(), events=toast("Saved"))

    app.state.broken = False

    @app.get("/console/gallery/list")
    async def listed(request: Request, principal: Visitor) -> HTMLResponse:
        if app.state.broken:
            raise Problem(503, "not now")
        return console.fragment(request, principal, "list.html", table=table())

    @app.get("/console/gallery/broken")
    async def broken(principal: Visitor) -> HTMLResponse:
        raise Problem(503, "not now")

    return app
