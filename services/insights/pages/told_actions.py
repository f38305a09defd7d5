"""What is done about notifications: dialogs and buttons on top of the API's own functions."""

from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse

from contracts.wire import Id
from services.insights.api.alerts import channels as api
from services.insights.api.alerts.answers import Reader
from services.insights.api.alerts.recipients import RecipientIn, put_recipient, require_mine
from services.insights.api.alerts.trying import send_test
from services.insights.delivery.channels import ChannelKind
from services.insights.pages.common import console, staff_of
from services.insights.pages.told import Name, Scope, shown_name, told_of
from services.insights.store.alerts.recipients import channel_in_use
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.scope import BY_RULE
from services.kit.runtime import Runtime
from services.kit.web.console import toast
from services.kit.web.forms import Form, Refused, sent_form
from services.kit.web.texts import language_of

router = APIRouter(prefix="/console/insights/settings", include_in_schema=False, dependencies=[BY_RULE])

OfSomebody = Annotated[Literal["how", "add"], Path()]
OfChannel = Annotated[Literal["change", "remove"], Path()]
ChannelId = Annotated[Id, Path()]
SECRETS = ("address", "secret")


@router.get("/dialog/{act}/{scope}/{name}")
async def dialog(
    act: OfSomebody,
    scope: Scope,
    name: Name,
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Reader,
) -> HTMLResponse:
    """The dialog of how somebody is told, or of a further channel."""
    require_mine(principal, scope, name)
    told = await told_of(request, response, runtime, principal, scope, name)
    given = (told.recipient or RecipientIn()).model_dump(include=set(RecipientIn.model_fields))
    form = Form({field: _text(value) for field, value in given.items() if value is not None})
    return await _of_somebody(act, scope, name, request, runtime, principal, form if act == "how" else Form())


@router.post("/dialog/{act}/{scope}/{name}")
async def do(
    act: OfSomebody, scope: Scope, name: Name, request: Request, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """Do it, or show the dialog again with what is wrong; an address is never sent back."""
    form = await sent_form(request)
    try:
        if act == "how":
            await put_recipient(scope, name, form.parse(RecipientIn), request, runtime, principal)
        else:
            await api.post_channel(scope, name, form.parse(api.ChannelIn), request, runtime, principal)
    except Refused as error:
        _fail(form, error)
        return await _of_somebody(act, scope, name, request, runtime, principal, form)
    return _done(request, principal, "told.saved" if act == "how" else "channel.done.added")


@router.get("/dialog/{act}/{channel_id}")
async def channel_dialog(
    act: OfChannel, channel_id: ChannelId, request: Request, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """The dialog of one channel."""
    row = await _known(runtime, channel_id, principal)
    form = Form({"min_severity": api.shown_channel(row).min_severity})
    return _of_channel(act, channel_id, request, principal, row["place"], form)


@router.post("/dialog/{act}/{channel_id}")
async def do_to_channel(
    act: OfChannel, channel_id: ChannelId, request: Request, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """Change or remove it, or show the dialog again with what is wrong."""
    form = await sent_form(request)
    row = await _known(runtime, channel_id, principal)
    try:
        if act == "change":
            await api.patch_channel(channel_id, form.parse(api.ChannelChange), request, runtime, principal)
        else:
            await api.delete_channel(channel_id, request, runtime, principal)
    except Refused as error:
        _fail(form, error)
        return _of_channel(act, channel_id, request, principal, row["place"], form)
    return _done(request, principal, "channel.done.changed" if act == "change" else "channel.done.removed")


@router.post("/channel/test/{channel_id}")
async def try_out(
    channel_id: ChannelId, request: Request, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """Send a test message, and say what the other side really answered."""
    await sent_form(request)
    row = await _known(runtime, channel_id, principal)
    tried = await send_test(channel_id, runtime, principal)
    return console.fragment(
        request, principal, "settings/tried.html", tried=tried, place=row["place"], at=runtime.clock.now()
    )


@router.post("/channel/retry/{channel_id}")
async def send_again(
    channel_id: ChannelId, request: Request, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """Send what was given up again."""
    await sent_form(request)
    answer = await api.retry_channel(channel_id, request, runtime, principal)
    count = api.RetriedOut.model_validate_json(bytes(answer.body)).deliveries
    return _done(request, principal, "channel.done.retry", n=count)


@router.post("/channel/{switch}/{channel_id}")
async def turn(
    switch: Annotated[Literal["on", "off"], Path()],
    channel_id: ChannelId,
    request: Request,
    runtime: LiveRuntime,
    principal: Reader,
) -> HTMLResponse:
    """Switch a channel on or off."""
    await sent_form(request)
    change = api.ChannelChange(enabled=switch == "on")
    await api.patch_channel(channel_id, change, request, runtime, principal)
    return _done(request, principal, "channel.done.on" if switch == "on" else "channel.done.off")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _fail(form: Form, error: Exception) -> None:
    form.fail(error)
    for name in SECRETS:
        form.values.pop(name, None)


async def _known(runtime: Runtime, channel_id: str, principal: Principal) -> Any:
    return api.known_channel(await channel_in_use(runtime.database, channel_id), channel_id, principal)


async def _of_somebody(
    act: str, scope: str, name: str, request: Request, runtime: Runtime, principal: Principal, form: Form
) -> HTMLResponse:
    language = language_of(request)
    shown = shown_name(scope, name, await staff_of(runtime, principal, language))
    return console.fragment(
        request,
        principal,
        "settings/told_dialog.html",
        status=form.status,
        act=act,
        of=f"{scope}/{name}",
        form=form,
        shown=shown,
        kinds=[(kind, console.text(language, f"channel.kind.{kind}")) for kind in get_args(ChannelKind)],
    )


def _of_channel(
    act: str, channel_id: str, request: Request, principal: Principal, place: str, form: Form
) -> HTMLResponse:
    return console.fragment(
        request,
        principal,
        "settings/told_dialog.html",
        status=form.status,
        act=act,
        of=channel_id,
        form=form,
        shown=place,
        kinds=[],
    )


def _done(request: Request, principal: Principal, key: str, **values: object) -> HTMLResponse:
    said = console.text(language_of(request), key, **values)
    return console.fragment(request, principal, "nothing.html", events=toast(said) | {"changed": {}})
