"""Names for numbers on pages, and what the choices of a filter bar or a form are."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import literal, or_, select, union_all

from services.customers.tables import contacts, customers, prospects, staff
from services.kit.http.scope import View
from services.kit.runtime import Runtime

MOST_CHOICES = 200
_OF_A_CARD = ("region", "category", "business_form")

Choices = Sequence[tuple[str, str]]


async def _named(runtime: Runtime, table: Any, key: str, ids: Iterable[str | None]) -> dict[str, str]:
    wanted = sorted({one for one in ids if one})
    if not wanted:
        return {}
    statement = select(table.c[key], table.c.name).where(table.c[key].in_(wanted), table.c.name != "")
    async with runtime.database.engine.connect() as connection:
        return {row[0]: row[1] for row in (await connection.execute(statement)).all()}


async def salespeople(runtime: Runtime, ids: Iterable[str | None]) -> dict[str, str]:
    """Return the names of salespeople by id; nobody's id and those without an entry are left out."""
    return await _named(runtime, staff, "salesperson_id", ids)


async def customer_names(runtime: Runtime, ids: Iterable[str | None]) -> dict[str, str]:
    """Return the names of customers that the caller was already found to see."""
    return await _named(runtime, customers, "customer_id", ids)


async def customer_phones(runtime: Runtime, ids: Iterable[str | None]) -> dict[str, str]:
    """Return whom to ring up at customers that the caller was already found to see: the first contact with a phone."""
    wanted = sorted({one for one in ids if one})
    if not wanted:
        return {}
    statement = (
        select(contacts.c.customer_id, contacts.c.phone)
        .where(contacts.c.customer_id.in_(wanted), contacts.c.phone != "")
        .order_by(contacts.c.position.desc())
    )
    async with runtime.database.engine.connect() as connection:
        return {row[0]: row[1] for row in (await connection.execute(statement)).all()}


async def prospect_names(runtime: Runtime, ids: Iterable[str | None]) -> dict[str, str]:
    """Return the names of prospects that the caller was already found to see."""
    return await _named(runtime, prospects, "prospect_id", ids)


async def salesperson_choices(runtime: Runtime, view: View, *, active: bool) -> Choices:
    """Return who can be chosen as a salesperson, by name; ``active``: only those who are with the company today."""
    statement = select(staff.c.salesperson_id, staff.c.name).where(staff.c.revision > 0)
    if active:
        statement = statement.where(
            staff.c.active_from <= view.day, or_(staff.c.active_to.is_(None), staff.c.active_to >= view.day)
        )
    statement = statement.order_by(staff.c.name, staff.c.salesperson_id).limit(MOST_CHOICES)
    async with runtime.database.engine.connect() as connection:
        return [(row[0], f"{row[1]} ({row[0]})") for row in (await connection.execute(statement)).all()]


async def card_choices(runtime: Runtime, view: View) -> dict[str, Choices]:
    """Return the regions, categories and business forms of the customers that the caller sees."""
    return await _choices(runtime, customers, view.of(customers.c.customer_id))


async def prospect_choices(runtime: Runtime, seen: Any) -> dict[str, Choices]:
    """Return the regions, categories and business forms of the prospects that the caller sees."""
    return await _choices(runtime, prospects, seen)


async def _choices(runtime: Runtime, table: Any, seen: Any) -> dict[str, Choices]:
    said = [
        select(literal(name).label("field"), table.c[name].label("value"))
        .where(table.c.revision > 0, table.c[name] != "", seen)
        .distinct()
        for name in _OF_A_CARD
    ]
    found: dict[str, list[tuple[str, str]]] = {name: [] for name in _OF_A_CARD}
    async with runtime.database.engine.connect() as connection:
        for field, value in (await connection.execute(union_all(*said).order_by("field", "value"))).all():
            if len(found[field]) < MOST_CHOICES:
                found[field].append((value, value))
    return dict(found)
