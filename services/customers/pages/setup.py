"""Setting up an installation in which nobody can sign in yet."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.customers.api.sessions import LoginIn, start_session
from services.customers.api.setup import SetupIn, make_first_admin
from services.customers.pages.common import console
from services.customers.pages.login import HOME, prefer
from services.customers.setup import SETUP_PATH, nobody
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.scope import OPEN
from services.kit.http.sessions import is_forgotten
from services.kit.web.errors import STRANGER
from services.kit.web.forms import Form, Refused, sent_form
from services.kit.web.texts import language_of
from services.kit.web.visitors import SIGN_IN_PATH

router = APIRouter(include_in_schema=False, dependencies=[OPEN])


@router.get(SETUP_PATH)
async def setup_page(request: Request, runtime: LiveRuntime) -> Response:
    """The form for the first admin; once there is anybody, the way to sign in."""
    if not await nobody(runtime.database.pool):
        return RedirectResponse(SIGN_IN_PATH, 303)
    return _drawn(request, Form())


@router.post(SETUP_PATH)
async def make_first(request: Request, runtime: LiveRuntime) -> Response:
    """Make the first admin and sign them in, or show what is wrong."""
    form, language = await sent_form(request), language_of(request)
    if is_forgotten(request):
        form.status, form.message = 400, console.text(language, "login.plain")
        return _drawn(request, form)
    if form.values.get("password") != form.values.pop("again", None):
        form.status, form.errors = 422, {"again": console.text(language, "account.again.differs")}
        return _drawn(request, form)
    try:
        body = SetupIn.model_validate(form.values | {"language": language})
        made = await make_first_admin(body, request, runtime)
    except Refused as error:
        form.fail(error)
        if form.status == 409:
            return RedirectResponse(SIGN_IN_PATH, 303)
        return _drawn(request, form)
    answer = RedirectResponse(HOME, 303)
    await start_session(LoginIn(login=made.login, password=body.password), request, answer, runtime)
    await prefer(answer, runtime, made.login)
    return answer


def _drawn(request: Request, form: Form) -> HTMLResponse:
    form.values.pop("password", None)
    return console.page(request, STRANGER, "login/setup.html", nav="", status=form.status, form=form)
