"""The statement of account of a customer for a period: as JSON, as a spreadsheet, and as a page to print."""

from datetime import date, timedelta
from importlib.resources import files
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from services.credit.api.accounts import no_account, today
from services.credit.api.ageing import customer_ageing
from services.credit.api.as_of import EARLIEST, LATEST, require_opened
from services.credit.api.common import UNKNOWN, CustomerId, Known
from services.credit.api.statement_answers import StatementLine, StatementOut, statement_out
from services.credit.api.statement_page import LANGUAGES, Language, statement_page
from services.credit.queries import accounts as account_queries
from services.credit.queries.ageing import ageing, of_customer
from services.credit.queries.history import books_at
from services.credit.queries.statement import read_moves
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.exports import MEDIA_TYPES, file_answer
from services.kit.http.negotiation import preferred
from services.kit.http.problems import Problem
from services.kit.http.scope import OF_CUSTOMER, OPEN
from services.kit.runtime import Runtime

router = APIRouter(tags=["accounts"])

LONGEST_LINES = 20_000
Form = Literal["json", "csv", "xlsx", "html"]
_FORMATS: dict[Form, str] = {
    "json": "application/json",
    "csv": "text/csv",
    "html": "text/html",
    "xlsx": MEDIA_TYPES["xlsx"],
}
_STYLE = "statement.css"


class StatementQuery(BaseModel):
    """The period, both days included, and the form of the answer."""

    model_config = ConfigDict(extra="forbid")

    from_day: date | None = Field(
        None,
        alias="from",
        ge=EARLIEST,
        le=LATEST,
        description="the first of the month of `to` if left out",
    )
    to_day: date | None = Field(
        None, alias="to", ge=EARLIEST, le=LATEST, description="the business day if left out"
    )
    format: Form | None = Field(None, description="by the Accept header if left out")
    lang: Language | None = Field(None, description="of the page; by the Accept-Language header if left out")

    def period(self, day: date) -> tuple[date, date]:
        """Return the first and the last day.

        Raises:
            Problem: 422 when the period is upside down.
        """
        last = self.to_day or day
        first = self.from_day or last.replace(day=1)
        if first > last:
            raise Problem(
                422,
                f"a period cannot end on {last} and begin on {first}",
                errors=[("query.from", f"must not be after the last day, {last} (given: {first})")],
            )
        return first, last


_OTHER_FORMS: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"text/csv": {"schema": {"type": "string"}}, "text/html": {"schema": {"type": "string"}}}
    }
}


@router.get(
    "/accounts/{customer_id:path}/statement",
    response_model=StatementOut,
    responses=UNKNOWN | _OTHER_FORMS,
    summary="Show the statement of account",
    dependencies=[OF_CUSTOMER],
)
async def read_statement(
    customer_id: CustomerId,
    query: Annotated[StatementQuery, Query()],
    request: Request,
    runtime: LiveRuntime,
    principal: Known,
) -> Response:
    """Show what was owed at the beginning of a period, every document that changed it, and what was owed at the end.

    Each line says what it was applied to and the balance after it; the ageing is that of the end. Days are business
    days. `format=csv` and `xlsx` are for a spreadsheet, `format=html` a page to print, in Chinese or English.
    """
    statement = await _statement(runtime, customer_id, query)
    form = query.format or _asked_for(request)
    answer: Response
    if form == "csv" or form == "xlsx":
        name = "".join(c if c.isascii() and c.isalnum() else "-" for c in customer_id)
        file = f"statement-{name}-{statement.from_day}-{statement.to_day}"
        answer = await file_answer(form, file, StatementRow, _rows(statement), runtime.settings.zone)
    elif form == "html":
        lang = query.lang or preferred(request.headers.get("accept-language"), LANGUAGES)
        answer = statement_page(statement, lang)
    else:
        answer = Response(statement.model_dump_json(), media_type="application/json")
    answer.headers["Vary"] = "Accept, Accept-Language"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _asked_for(request: Request) -> Form:
    media_type = preferred(request.headers.get("accept"), list(_FORMATS.values()))
    return next(form for form, offered in _FORMATS.items() if offered == media_type)


async def _statement(runtime: Runtime, customer_id: str, query: StatementQuery) -> StatementOut:
    async with runtime.database.engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ")
        found = await account_queries.read_account(connection, customer_id, today(runtime))
        if found is None:
            raise no_account(customer_id)
        first, last = query.period(found[1])
        await require_opened(connection, customer_id, last, found[1], "to")
        return await build_statement(connection, customer_id, first, last)


async def build_statement(
    connection: AsyncConnection, customer_id: str, first: date, last: date
) -> StatementOut:
    """Return the statement of a customer who has an account.

    Args:
        connection: in a transaction that sees one snapshot.

    Raises:
        Problem: 422 when it would be too long.
    """
    entries = await read_moves(connection, customer_id, first, last, LONGEST_LINES + 1)
    if len(entries) > LONGEST_LINES:
        raise Problem(
            422,
            f"the statement would have more than {LONGEST_LINES} lines; ask for a shorter period",
            errors=[("query.from", f"gives more than {LONGEST_LINES} lines")],
        )
    before = books_at(first - timedelta(days=1), customer_id)
    opening = await of_customer(connection, ageing(before))
    closing = await of_customer(connection, ageing(books_at(last, customer_id)))
    assert opening is not None
    assert closing is not None
    return statement_out(
        first, last, opening.receivables - opening.unapplied, entries, customer_ageing(closing)
    )


class StatementRow(BaseModel):
    """A row of the spreadsheet: the opening balance, the lines, the closing balance, then the ageing."""

    day: date
    kind: str
    document: str = ""
    order: str | None = None
    due_on: date | None = None
    charged: str | None = None
    credited: str | None = None
    balance: str | None = None
    currency: str
    applied_to: str = ""
    reason: str = ""
    own_amount: str | None = None
    own_currency: str | None = None
    exchange_rate: str | None = None


def _rows(statement: StatementOut) -> list[StatementRow]:
    currency, last = statement.currency, statement.to_day
    rows = [
        StatementRow(
            day=statement.from_day,
            kind="opening balance",
            balance=statement.opening_balance,
            currency=currency,
        )
    ]
    rows += [_row(line) for line in statement.lines]
    rows.append(
        StatementRow(day=last, kind="closing balance", balance=statement.closing_balance, currency=currency)
    )
    rows += [
        StatementRow(
            day=last, kind="ageing", document=bucket.bucket, balance=bucket.amount, currency=currency
        )
        for bucket in statement.ageing.buckets
    ]
    rows.append(
        StatementRow(
            day=last,
            kind="ageing",
            document="unapplied",
            balance=statement.ageing.unapplied,
            currency=currency,
        )
    )
    return rows


def _row(line: StatementLine) -> StatementRow:
    return StatementRow(
        day=line.day,
        kind=line.kind,
        document=line.document_id,
        order=line.order_id,
        due_on=line.due_on,
        charged=line.charged,
        credited=line.credited,
        balance=line.balance,
        currency=line.currency,
        applied_to="; ".join(f"{part.document_id} {part.amount}" for part in line.applied),
        reason=line.reason,
        own_amount=line.own_amount,
        own_currency=line.own_currency,
        exchange_rate=line.exchange_rate,
    )


@router.get(f"/credit/assets/{_STYLE}", include_in_schema=False, dependencies=[OPEN])
async def statement_style() -> Response:
    """Serve the page's style: nothing in it is about anybody, so nobody is asked who they are."""
    return Response(_STYLE_SHEET, media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})


_STYLE_SHEET = (files("services.credit.assets") / _STYLE).read_bytes()
