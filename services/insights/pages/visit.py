"""A visit to a page of this service by somebody in trade, who sees all customers or their own."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse

from services.insights.pages.common import Staff, Trade, console, staff_of
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.scope import Own, View
from services.kit.runtime import Runtime
from services.kit.web.tables import Table
from services.kit.web.texts import Language, language_of


@dataclass(frozen=True, slots=True)
class Visit:
    """What every route of a page is given, and the ways in which it answers."""

    request: Request
    response: Response
    runtime: Runtime
    principal: Principal
    view: View

    @property
    def asked(self) -> tuple[Request, Response, Runtime, View]:
        """What the functions behind the JSON routes of lists take, after their query."""
        return self.request, self.response, self.runtime, self.view

    @property
    def language(self) -> Language:
        """The reader's."""
        return language_of(self.request)

    async def staff(self) -> Staff:
        """Return the salespeople there are."""
        return await staff_of(self.runtime, self.principal, self.language)

    def choices(self, staff: Staff) -> list[tuple[str, str]]:
        """Return whose customers may be chosen; who sees their own only has no choice."""
        return staff.options() if self.view.everything else []

    def page(self, template: str, **values: Any) -> HTMLResponse:
        """Return a whole page."""
        return console.page(self.request, self.principal, template, **values)

    def fragment(self, template: str, **values: Any) -> HTMLResponse:
        """Return a part of a page."""
        return console.fragment(self.request, self.principal, template, **values)

    def listed(self, table: Table) -> HTMLResponse:
        """Return a list alone."""
        return self.fragment("list.html", table=table)


async def _visit(
    request: Request, response: Response, runtime: LiveRuntime, principal: Trade, view: Own
) -> Visit:
    return Visit(request, response, runtime, principal, view)


At = Annotated[Visit, Depends(_visit)]
