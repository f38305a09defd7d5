"""``tallyman back-test``: a candidate policy over the journal, with a bar, and what it would have changed."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deploy.cli.errors import OperatorError

if TYPE_CHECKING:
    from rich.console import Console

    from services.credit.back_test.run import CustomerResult, Progress, Totals
    from services.credit.rules.policy import Policy

HEADINGS = (
    "currency",
    "decisions",
    "blocked",
    "passed",
    "restated",
    "sales blocked",
    "sales passed",
    "overdue avoided",
)


def run(policy_file: Path, first: date | None, last: date | None, data_dir: Path, show: int) -> None:
    """Run the back-test and print the totals and the customers of whom the candidate would have blocked the most."""
    from rich.console import Console

    from deploy.cli.settings import database_url, settings

    console = Console()
    candidate = candidate_of(policy_file)
    url = database_url(settings(data_dir), "credit")
    with _bar(console) as progress:
        totals, customers = asyncio.run(_run(url, candidate, first or date.min, last or date.max, progress))
    _print(console, totals, customers, show)


def candidate_of(policy_file: Path) -> "Policy":
    """Read a policy document.

    Raises:
        OperatorError: naming each path and reason.
    """
    from pydantic import ValidationError

    from contracts.errors import refusal
    from contracts.events.policies import PolicyDocument
    from services.credit.api.unknown_fields import unknown_fields
    from services.credit.rules.policy import Policy
    from services.credit.rules.policy_check import problems_of

    try:
        text = policy_file.read_text("utf-8")
        given: Any = json.loads(text)
        document = PolicyDocument.model_validate_json(text)
    except OSError as error:
        raise OperatorError(f"{policy_file} cannot be read: {error.strerror}") from None
    except ValueError as error:
        reason = str(refusal(error)) if isinstance(error, ValidationError) else f"no JSON: {error}"
        raise OperatorError(f"{policy_file}: {reason}") from None
    found = [(path, "is not known here") for path in unknown_fields(PolicyDocument, given)]
    found += problems_of(document)
    if found:
        raise OperatorError(f"{policy_file}: " + "; ".join(f"{path}: {reason}" for path, reason in found))
    return Policy(1, document)


async def _run(
    url: str, candidate: "Policy", first: date, last: date, progress: "Progress"
) -> "tuple[Totals, list[CustomerResult]]":
    from services.credit.back_test.run import Totals
    from services.credit.back_test.run import run as back_test
    from services.kit.verify import snapshot

    totals, customers = Totals(), []
    async with snapshot(url, "credit") as connection:
        async for result in back_test(connection, candidate, first, last, totals, progress):
            if result.flips:
                # The figures are shown, the flips are not: they may be as many as the orders.
                result.flips = []
                customers += [result]
    return totals, customers


@contextmanager
def _bar(console: "Console") -> "Iterator[Progress]":
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("journal"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("journal", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _print(console: "Console", totals: "Totals", customers: "list[CustomerResult]", show: int) -> None:
    from rich.table import Table

    title = (
        f"{totals.entries:,} journal entries, {totals.customers:,} customers, {len(customers):,} with flips"
    )
    table = Table(*HEADINGS, title=title)
    for currency, outcome in sorted(totals.outcomes.items()):
        table.add_row(currency, *_figures(currency, outcome))
    console.print(table)
    rows = [
        (result.customer_id, currency, outcome)
        for result in customers
        for currency, outcome in result.outcomes.items()
        if outcome.blocked or outcome.passed or outcome.restated
    ]
    rows.sort(key=lambda row: (-row[2].sales_blocked, row[0]))
    if rows and show:
        table = Table("customer", *HEADINGS, title="Customers by sales blocked")
        for customer, currency, outcome in rows[:show]:
            table.add_row(customer, currency, *_figures(currency, outcome))
        console.print(table)
    console.print(
        "History stays as it was: each decision is judged by the account as it really stood, so the flips of one "
        "customer are not independent of each other."
    )


def _figures(currency: str, outcome: Any) -> list[str]:
    from contracts.money import decimal_string

    counts = [f"{getattr(outcome, name):,}" for name in ("decisions", "blocked", "passed", "restated")]
    sums = (outcome.sales_blocked, outcome.sales_passed, outcome.overdue_avoided)
    return counts + [decimal_string(amount, currency) for amount in sums]
