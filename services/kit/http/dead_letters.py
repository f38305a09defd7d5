"""Routes on dead letters, the same in every service, for operations."""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic_core import to_json

from services.kit.dead_letter_admin import (
    DeadLetterError,
    Detail,
    Filter,
    NoSuchDeadLetterError,
    State,
    Summary,
    discard_dead_letter,
    retry_dead_letter,
    retry_dead_letters,
    select_dead_letters,
    show_dead_letter,
    summary,
)
from services.kit.http.auth import Principal, require
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.problems import Problem
from services.kit.http.scope import COMPANY
from services.kit.tables import dead_letters

LetterId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Operator = Annotated[Principal, Depends(require("ops"))]

ORDERING = Ordering(
    {"id": dead_letters.c.id, "recorded_at": dead_letters.c.recorded_at},
    unique=dead_letters.c.id,
    default="id",
)


class LetterQuery(PageQuery):
    """Which dead letters to list."""

    state: State | Literal["all"] = "open"
    topic: str | None = Field(None, max_length=100)
    since: AwareDatetime | None = Field(None, description="set aside at or after this time")

    def filter(self) -> Filter:
        """Return the filter these parameters mean."""
        return Filter(None if self.state == "all" else self.state, self.topic, self.since)


class LetterDetail(BaseModel):
    """One dead letter with everything in it."""

    summary: Summary
    headers: list[tuple[str, str]]
    event: Any = Field(description="the value as JSON, null if it is none")
    text: str | None = Field(description="the value as text, with escapes where it is not UTF-8")
    value_base64: str | None
    problem: str | None = Field(description="why it would be refused again; null: a retry would be taken")


class Repair(BaseModel):
    """How to retry: as it is, or with another event or other bytes in its place."""

    model_config = ConfigDict(extra="forbid")

    event: dict[str, Any] | None = Field(None, description="the whole repaired event")
    value_base64: str | None = None
    force: bool = Field(False, description="publish although it would be refused again")

    def value(self) -> bytes | None:
        """Return the bytes to publish, None for those recorded.

        Raises:
            Problem: 422, when they are not given in one way.
        """
        if self.event is not None and self.value_base64 is not None:
            raise Problem(
                422, "give event or value_base64, not both", errors=[("event", "is given with value_base64")]
            )
        if self.value_base64 is None:
            return None if self.event is None else to_json(self.event)
        try:
            return b64decode(self.value_base64, validate=True)
        except Base64Error:
            raise Problem(
                422, "value_base64 is not base64", errors=[("value_base64", "is not base64")]
            ) from None


class RetryMany(BaseModel):
    """Which open dead letters to retry as they are."""

    model_config = ConfigDict(extra="forbid")

    topic: str | None = None
    since: AwareDatetime | None = None
    limit: int = Field(1_000, ge=1, le=10_000)


class RetriedMany(BaseModel):
    """What became of each."""

    retried: list[int]
    refused: dict[int, str] = Field(description="by number, why it would be refused again")


def dead_letter_router(service: str) -> APIRouter:
    """Return the routes under ``/<service>/dead-letters``."""
    router = APIRouter(prefix=f"/{service}/dead-letters", tags=["operations"], dependencies=[COMPANY])

    @router.get("")
    async def list_letters(
        query: Annotated[LetterQuery, Query()], request: Request, response: Response, _: Operator
    ) -> Page[Summary]:
        """List records that were set aside, with where they lay and why."""
        statement = select_dead_letters(query.filter())
        return await read_page(
            request, response, statement, ORDERING, query, lambda row: summary(dict(row._mapping))
        )

    @router.get("/{letter_id}")
    async def show(letter_id: LetterId, runtime: LiveRuntime, _: Operator) -> LetterDetail:
        """Show one with its bytes."""
        try:
            return _out(await show_dead_letter(runtime.database, letter_id))
        except DeadLetterError as error:
            raise _problem(error) from error

    @router.post("/retry")
    async def retry_many(body: RetryMany, runtime: LiveRuntime, operator: Operator) -> RetriedMany:
        """Publish many again, for when the cause of them is fixed; those that would be refused stay open."""
        wanted = Filter("open", body.topic, body.since)
        done = await retry_dead_letters(
            runtime.database, runtime.producer, runtime.settings, wanted, by=operator.name, limit=body.limit
        )
        return RetriedMany(retried=done.retried, refused=done.refused)

    @router.post("/{letter_id}/retry")
    async def retry(
        letter_id: LetterId, runtime: LiveRuntime, operator: Operator, body: Repair | None = None
    ) -> Summary:
        """Publish one again to the topic it came from, as it is or repaired."""
        repair = body or Repair()
        try:
            return await retry_dead_letter(
                runtime.database,
                runtime.producer,
                runtime.settings,
                letter_id,
                by=operator.name,
                value=repair.value(),
                force=repair.force,
            )
        except DeadLetterError as error:
            raise _problem(error) from error

    @router.post("/{letter_id}/discard")
    async def discard(letter_id: LetterId, runtime: LiveRuntime, operator: Operator) -> Summary:
        """Mark one as not to be retried; its bytes stay."""
        try:
            return await discard_dead_letter(runtime.database, letter_id, by=operator.name)
        except DeadLetterError as error:
            raise _problem(error) from error

    return router


def _out(detail: Detail) -> LetterDetail:
    return LetterDetail(
        summary=detail.summary,
        headers=detail.headers,
        event=detail.event,
        text=detail.text,
        value_base64=b64encode(detail.value).decode() if detail.value is not None else None,
        problem=detail.problem,
    )


def _problem(error: DeadLetterError) -> Problem:
    return Problem(404 if isinstance(error, NoSuchDeadLetterError) else 409, str(error))
