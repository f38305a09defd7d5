"""How somebody likes to read: their own language, appearance, start page and length of lists."""

from typing import Annotated, Literal, get_args

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.customers.api.common import Body, refused
from services.customers.api.sessions import Me
from services.customers.store import access
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.problems import Problem
from services.kit.http.scope import OPEN
from services.kit.web.forms import LIST_SIZES
from services.kit.web.navigation import NAVIGATION

router = APIRouter(prefix="/people/me", tags=["people"], dependencies=[OPEN])

Theme = Literal["system", "light", "dark"]
THEMES: tuple[str, ...] = get_args(Theme)
START_PAGES = frozenset(entry.href for group in NAVIGATION for entry in group.entries if entry.built)


class PreferencesIn(Body):
    """How somebody likes to read, in full."""

    language: Literal["en", "zh"]
    theme: Theme
    start_page: Annotated[str, Field(max_length=100)] = "/console/"
    list_size: int | None = Field(
        None, description=f"one of {', '.join(map(str, LIST_SIZES))}; left out: as each page has it"
    )


class PreferencesOut(BaseModel):
    """How somebody likes to read."""

    language: str
    theme: str
    start_page: str
    list_size: int | None


@router.get("/preferences")
async def read_preferences(runtime: LiveRuntime, principal: Me) -> PreferencesOut:
    """Show one's own."""
    return PreferencesOut(**await access.preferences(runtime.database, _login(principal)))


@router.put("/preferences")
async def change_preferences(body: PreferencesIn, runtime: LiveRuntime, principal: Me) -> PreferencesOut:
    """Change one's own, in full. They are no matter of access, and so not in its audit."""
    if body.start_page not in START_PAGES:
        raise refused("start_page", "is not the address of a page in the navigation")
    if body.list_size is not None and body.list_size not in LIST_SIZES:
        raise refused("list_size", f"must be one of {', '.join(map(str, LIST_SIZES))}")
    await access.write_preferences(runtime.database, _login(principal), body.model_dump())
    return PreferencesOut(**body.model_dump())


def _login(principal: Principal) -> str:
    if principal.session is None:
        raise Problem(404, "this call has no preferences: it came with a key or a token")
    return principal.name
