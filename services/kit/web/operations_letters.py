"""Dead letters of a service as pages: the list, one of them with its bytes, and mending, retrying and discarding it."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from contracts.errors import ContractError
from services.kit.dead_letter_admin import (
    DeadLetterError,
    Detail,
    Filter,
    NoSuchDeadLetterError,
    Summary,
    discard_dead_letter,
    retry_dead_letter,
    retry_dead_letters,
    select_dead_letters,
    show_dead_letter,
    summary,
)
from services.kit.http.auth import Principal
from services.kit.http.dead_letters import ORDERING, LetterId, LetterQuery, Operator
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import read_page
from services.kit.http.problems import Problem
from services.kit.http.scope import COMPANY
from services.kit.runtime import Runtime
from services.kit.web.console import toast
from services.kit.web.forms import Form, filters, sent_form
from services.kit.web.operations import PAGE, PANEL, hex_lines, pretty
from services.kit.web.tables import Badge, Column, Link, Moment, Plain, Row, Table, Tone
from services.kit.web.texts import language_of

ROWS = 50
BYTES_SHOWN = 2_048
VALUE = "value"
TONES: dict[str, Tone] = {"open": "bad", "retried": "good", "discarded": "neutral"}
COLUMNS = (
    Column("letters.number", sort="id"),
    Column("letters.where"),
    Column("letters.why", wide=True),
    Column("letters.recorded", sort="recorded_at"),
    Column("letters.state"),
)


class LettersQuery(LetterQuery):
    """The list's filters; the newest come first."""

    limit: int = ROWS
    sort: str | None = "-id"


Filters = Annotated[LettersQuery, Depends(filters(LettersQuery))]


def letters_router(service: str) -> APIRouter:
    """Return the pages below ``/console/<service>/operations/dead-letters``."""
    page = f"/console/{service}/operations/dead-letters"
    router = APIRouter(prefix=page, include_in_schema=False, dependencies=[COMPANY])

    @router.get("")
    async def letters(query: Filters, request: Request, response: Response, who: Operator) -> HTMLResponse:
        """The list on its page."""
        table = await _table(page, query, request, response)
        return PANEL.page(
            request, who, "kit/letters.html", nav="operations", service=service, back=PAGE, table=table
        )

    @router.get("/list")
    async def listed(query: Filters, request: Request, response: Response, who: Operator) -> HTMLResponse:
        """The list alone."""
        table = await _table(page, query, request, response)
        return PANEL.fragment(request, who, "kit/letters_list.html", table=table)

    @router.post("/retry-all")
    async def retry_all(request: Request, runtime: LiveRuntime, who: Operator) -> HTMLResponse:
        """Publish all open ones again, for when the cause of them is fixed."""
        await sent_form(request)
        parts = runtime.database, runtime.producer, runtime.settings
        done = await retry_dead_letters(*parts, Filter("open"), by=who.name)
        text = PANEL.text(
            language_of(request), "letters.all.done", n=len(done.retried), refused=len(done.refused)
        )
        events = toast(text, "warn" if done.refused else "good") | {"changed": {}}
        return PANEL.fragment(request, who, "kit/nothing.html", events=events)

    @router.get("/{letter_id}")
    async def letter(
        letter_id: LetterId, request: Request, runtime: LiveRuntime, who: Operator
    ) -> HTMLResponse:
        """One with its bytes and its reason."""
        detail = await _detail(runtime, letter_id)
        return PANEL.page(
            request, who, "kit/letter.html", nav="operations", service=service, back=page, **_values(detail)
        )

    _add_actions(router, page)
    return router


def _add_actions(router: APIRouter, page: str) -> None:
    """Add what is done about one letter."""

    @router.post("/{letter_id}/retry")
    async def retry(
        letter_id: LetterId, request: Request, runtime: LiveRuntime, who: Operator
    ) -> HTMLResponse:
        """Publish it again, with the value as it was changed, or say why that would be refused again."""
        form = await sent_form(request)
        detail = await _detail(runtime, letter_id)
        parts = runtime.database, runtime.producer, runtime.settings
        try:
            await retry_dead_letter(*parts, letter_id, by=who.name, value=changed(detail, form))
        except ContractError as error:
            form.status, form.errors = 422, {VALUE: f"{error.field}: {error.reason}"}
            return _drawn(page, request, who, detail, form)
        except DeadLetterError as error:
            form.status, form.message = 409, str(error)
            return _drawn(page, request, who, await _detail(runtime, letter_id), form)
        return await _done("letters.done.retried", page, letter_id, request, runtime, who)

    @router.post("/{letter_id}/discard")
    async def discard(
        letter_id: LetterId, request: Request, runtime: LiveRuntime, who: Operator
    ) -> HTMLResponse:
        """Mark it as not to be retried."""
        form = await sent_form(request)
        try:
            await discard_dead_letter(runtime.database, letter_id, by=who.name)
        except DeadLetterError as error:
            form.status, form.message = 409, str(error)
            return _drawn(page, request, who, await _detail(runtime, letter_id), form)
        return await _done("letters.done.discarded", page, letter_id, request, runtime, who)


def changed(detail: Detail, form: Form) -> bytes | None:
    """Return the bytes to publish instead of those recorded; None: nobody changed them.

    What is not UTF-8 is shown with escapes, so what was not changed must not be read back from the form.
    """
    text = form.values.get(VALUE, "")
    if text == pretty(detail.event, detail.text).strip():
        return None
    try:
        event = json.loads(text)
    except (ValueError, RecursionError):
        return text.encode()
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


async def _detail(runtime: Runtime, letter_id: int) -> Detail:
    try:
        return await show_dead_letter(runtime.database, letter_id)
    except NoSuchDeadLetterError as error:
        raise Problem(404, str(error)) from error


def _values(detail: Detail, form: Form | None = None) -> dict[str, Any]:
    value = detail.value or b""
    return {
        "letter": detail.summary,
        "detail": detail,
        "text": pretty(detail.event, detail.text),
        "tone": TONES[detail.summary.state],
        "bytes": hex_lines(value[:BYTES_SHOWN]),
        "cut": max(0, len(value) - BYTES_SHOWN),
        "form": form or Form(),
    }


def _drawn(page: str, request: Request, who: Principal, detail: Detail, form: Form) -> HTMLResponse:
    values = _values(detail, form)
    return PANEL.fragment(request, who, "kit/letter_state.html", status=form.status, back=page, **values)


async def _done(
    key: str, page: str, letter_id: int, request: Request, runtime: Runtime, who: Principal
) -> HTMLResponse:
    text = PANEL.text(language_of(request), key, number=letter_id)
    values = _values(await _detail(runtime, letter_id))
    return PANEL.fragment(request, who, "kit/letter_state.html", back=page, events=toast(text), **values)


async def _table(page: str, query: LettersQuery, request: Request, response: Response) -> Table:
    statement = select_dead_letters(query.filter())
    found = await read_page(
        request, response, statement, ORDERING, query, lambda row: summary(dict(row._mapping))
    )
    return Table(
        id="letters",
        label="letters.title",
        page=page,
        path=f"{page}/list",
        columns=COLUMNS,
        rows=[_row(page, letter, request) for letter in found.items],
        query=query,
        next=found.next,
        default_sort="-id",
        empty="letters.empty",
    )


def _row(page: str, letter: Summary, request: Request) -> Row:
    language = language_of(request)
    place = PANEL.text(language, "letters.place", partition=letter.partition, offset=letter.offset)
    href = f"{page}/{letter.id}"
    return Row(
        (
            Link(str(letter.id), href),
            Plain(letter.topic, place),
            Plain(letter.reason, letter.field),
            Moment(letter.recorded_at),
            Badge(
                PANEL.text(language, f"letters.state.{letter.state}"),
                TONES[letter.state],
                letter.resolved_by or "",
            ),
        ),
        href,
    )
