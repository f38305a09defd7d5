"""The first admin of an installation in which nobody can log in yet."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import Field

from services.customers import setup
from services.customers.api.accounts import AccountOut
from services.customers.api.common import CONFLICT, Body, ShownText
from services.customers.api.sessions import LoginName, Password
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.scope import OPEN
from services.kit.http.sessions import check_origin

router = APIRouter(prefix="/people", tags=["people"], dependencies=[OPEN])


class SetupIn(Body):
    """The first admin, who chooses their password here."""

    token: Annotated[str, Field(min_length=1, max_length=100)]
    login: LoginName
    name: ShownText
    password: Password
    language: Literal["en", "zh"] = "zh"


@router.post("/first", status_code=201, responses=CONFLICT)
async def make_first_admin(body: SetupIn, request: Request, runtime: LiveRuntime) -> AccountOut:
    """Make the first admin with the token from the log of this service; 409 once there is anybody."""
    check_origin(request)
    address = request.client.host if request.client else ""
    said = body.model_dump(exclude={"token", "password"})
    fields = {
        "role": "admin",
        "salesperson_id": None,
        "disabled": False,
        "must_change": False,
        "theme": "system",
    }
    return AccountOut(**await setup.set_up(runtime, fields | said, body.password, body.token, address))
