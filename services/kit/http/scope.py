"""What a caller may see of customers: everything, or, in the role sales, those who are theirs today.

Every route says which it is, by one of these among its dependencies or parameters; a route that says nothing fails a
test (tests/tidy/test_scopes.py). See deploy/decisions/0021.

``OPEN``
    nothing of any customer is in it.
``COMPANY``
    of all customers together: 403 for those who see their own only.
``Own``
    a parameter: the handler narrows what it reads with :meth:`View.of`, or asks :meth:`View.sees` about one customer.
``OF_CUSTOMER``, :func:`of_document`
    of one customer: 404 when it is somebody else's, as when it does not exist.
``BY_RULE``
    the rows have owners of their own (alerts), and a rule of the service says who sees them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from fastapi import Depends, Request
from sqlalchemy import ColumnElement, Table, exists, false, literal, select, true

from services.kit.batch import business_day
from services.kit.http.auth import Principal, authenticate, person
from services.kit.http.dependencies import started_runtime
from services.kit.http.problems import Problem
from services.kit.runtime import Runtime

Kind = Literal["open", "company", "own", "one", "rule"]

SEES_OWN = frozenset({"sales"})
"""Roles that see their own customers only. Finance, managers, ops and systems work for all of them."""


NO_SALESPERSON = " "
"""Whose customers somebody in sales sees who is no salesperson: no id has a space, and nobody's customers have ""."""


def staff_id_of(principal: Principal) -> str:
    """Return the salesperson's id that customers are assigned to."""
    # A person who is logged in and no salesperson has no customers; a key's name is the salesperson's id.
    return person(principal) if principal.session is None else principal.staff_id or ""


@dataclass(frozen=True, slots=True)
class View:
    """What a caller sees.

    Attributes:
        staff_id: whose customers; None: everybody's.
        day: the business day whose owners count: today, also for what was done before.
    """

    runtime: Runtime
    staff_id: str | None
    day: date

    @property
    def everything(self) -> bool:
        """Whether all customers are seen."""
        return self.staff_id is None

    def of(self, customer_id: ColumnElement[Any]) -> ColumnElement[bool]:
        """Return which rows are seen, by the column that has their customer. A row without one is of nobody."""
        if self.staff_id is None:
            return true()
        owners = self.runtime.service.owners
        if owners is None:
            return false()
        mine, later = owners.alias(), owners.alias()
        overtaken = exists().where(
            later.c.customer_id == mine.c.customer_id,
            later.c.from_day > mine.c.from_day,
            later.c.from_day <= self.day,
        )
        own = select(mine.c.customer_id).where(
            mine.c.salesperson_id == self.staff_id, mine.c.from_day <= self.day, ~overtaken
        )
        return customer_id.in_(own)

    async def sees(self, customer_id: str) -> bool:
        """Say whether a customer is seen."""
        return await self.holds(self.of(literal(customer_id)))

    async def holds(self, condition: ColumnElement[bool]) -> bool:
        """Say whether a condition is true. Callers who see everything cost no query."""
        if self.staff_id is None:
            return True
        async with self.runtime.database.engine.connect() as connection:
            return bool(await connection.scalar(select(condition)))


def view_of(runtime: Runtime, principal: Principal) -> View:
    """Return what a caller sees now."""
    staff_id = (staff_id_of(principal) or NO_SALESPERSON) if principal.role in SEES_OWN else None
    return View(runtime, staff_id, business_day(runtime.clock.now(), runtime.settings.zone))


class Scope:
    """A dependency that says what a route shows of customers."""

    kind: ClassVar[Kind] = "open"

    async def __call__(self) -> None:
        """Let everybody in."""


class _ByRule(Scope):
    kind = "rule"


class _Company(Scope):
    kind = "company"

    async def __call__(self, principal: Annotated[Principal, Depends(authenticate)]) -> None:  # type: ignore[override]
        """Refuse those who see their own customers only.

        Raises:
            Problem: 403.
        """
        if principal.role in SEES_OWN:
            raise Problem(
                403, f"this is of all customers; {principal.name} has {principal.role}, which sees its own"
            )


class _Own(Scope):
    kind = "own"

    async def __call__(  # type: ignore[override]
        self, request: Request, principal: Annotated[Principal, Depends(authenticate)]
    ) -> View:
        """Return what the caller sees."""
        return view_of(started_runtime(request), principal)


class _One(Scope):
    kind = "one"

    def __init__(self, parameter: str, what: str, seen: Callable[[View, str], ColumnElement[bool]]) -> None:
        self.parameter = parameter
        self._what = what
        self._seen = seen

    async def __call__(  # type: ignore[override]
        self, request: Request, principal: Annotated[Principal, Depends(authenticate)]
    ) -> None:
        """Answer as if there were nothing when it is not the caller's.

        Raises:
            Problem: 404.
        """
        if principal.role not in SEES_OWN:
            return
        view, value = view_of(started_runtime(request), principal), request.path_params[self.parameter]
        if "\x00" in value or not await view.holds(self._seen(view, value)):
            raise Problem(
                404,
                f"nothing is known of {self._what} {value!r}",
                errors=[(f"path.{self.parameter}", "is not known")],
            )


OPEN = Depends(Scope())
BY_RULE = Depends(_ByRule())
COMPANY = Depends(_Company())
Own = Annotated[View, Depends(_Own())]
OF_CUSTOMER = Depends(_One("customer_id", "customer", lambda view, value: view.of(literal(value))))


def of_document(parameter: str, what: str, table: Table) -> Any:
    """Return the dependency of a route about a document: a row that has its id in ``parameter`` and its customer."""
    return of_something(
        parameter,
        what,
        lambda view, value: exists().where(table.c[parameter] == value, view.of(table.c.customer_id)),
    )


def of_something(parameter: str, what: str, seen: Callable[[View, str], ColumnElement[bool]]) -> Any:
    """Return the dependency of a route about something that is seen when ``seen`` is true of its id."""
    return Depends(_One(parameter, what, seen))
