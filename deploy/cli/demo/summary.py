"""The end of the story, for a salesperson and a finance person."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from rich.table import Table

from deploy.cli.demo.screen import money
from deploy.cli.demo.story import HeldOrder, Story

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast decisions were, in seconds; None where nothing was measured."""

    p50_s: float | None
    p99_s: float | None


def print_summary(story: Story, speed: Speed, seconds: float, console: Console) -> None:
    """Print who was blocked and why, what was released by what, and who owes what for how long."""
    console.rule("What happened")
    _print_totals(story, speed, seconds, console)
    _print_blocked(story, console)
    _print_released(story, console)
    _print_overdue(story, console)


def speed_of(metrics: str) -> Speed:
    """Read the decision times from a metrics page."""
    buckets: dict[float, float] = {}
    for family in text_string_to_metric_families(metrics):
        if family.name == "tallyman_credit_decision_seconds":
            buckets = {
                float(sample.labels["le"]): sample.value
                for sample in family.samples
                if sample.name.endswith("_bucket")
            }
    return Speed(quantile(buckets, 0.5), quantile(buckets, 0.99))


def quantile(buckets: Mapping[float, float], share: float) -> float | None:
    """Return the upper bound of the bucket that holds the quantile: at most that much, not an estimate."""
    total = max(buckets.values(), default=0)
    if not total:
        return None
    return min(bound for bound, count in buckets.items() if count >= share * total)


def _print_totals(story: Story, speed: Speed, seconds: float, console: Console) -> None:
    blocked = story.blocked.values()
    fate = Counter(order.outcome for order in blocked)
    at_once = story.first_outcomes["approved"]
    share = at_once / story.orders if story.orders else 0
    console.print(
        f"{story.orders:,} orders over {story.currency} {money(story.ordered)} were decided, "
        f"{at_once:,} of them ({share:.0%}) approved at once."
    )
    console.print(
        f"{len(blocked):,} were blocked: {fate['released']:,} released since, {fate['rejected']:,} rejected, "
        f"{fate['held']:,} still wait."
    )
    if speed.p50_s is not None and speed.p99_s is not None:
        console.print(
            f"From an order's arrival to its published decision: half within {_ms(speed.p50_s)}, "
            f"99 of 100 within {_ms(speed.p99_s)}. {story.sent:,} events in {seconds:.0f} s, every one on disk first."
        )


def _print_blocked(story: Story, console: Console) -> None:
    waiting = [order for order in story.blocked.values() if order.outcome == "held"]
    ended = [order for order in story.blocked.values() if order.outcome == "rejected"]
    orders = sorted(waiting, key=_amount, reverse=True) + sorted(ended, key=_amount, reverse=True)
    table = _table("Blocked, and why", ("customer", "order", "amount", "since", "now", "why"))
    for order in orders[:SHOWN]:
        row = (story.name(order.customer_id), order.order_id, money(order.amount), str(order.held_on))
        table.add_row(*row, order.outcome, order.why)
    _print(table, len(orders), console)


def _print_released(story: Story, console: Console) -> None:
    orders = [order for order in story.blocked.values() if order.outcome == "released"]
    table = _table(
        "Released, and by what", ("customer", "order", "amount", "days blocked", "blocked by", "released by")
    )
    for order in sorted(orders, key=_amount, reverse=True)[:SHOWN]:
        days = (order.ended_on - order.held_on).days if order.ended_on else 0
        row = (story.name(order.customer_id), order.order_id, money(order.amount), str(days))
        table.add_row(*row, order.why, order.ended_by)
    _print(table, len(orders), console)


def _print_overdue(story: Story, console: Console) -> None:
    standings = {key: standing for key, standing in story.standings.items() if standing.overdue > 0}
    receivable = sum((standing.receivable for standing in story.standings.values()), Decimal(0))
    overdue = sum((standing.overdue for standing in standings.values()), Decimal(0))
    share = overdue / receivable if receivable else Decimal(0)
    console.print(
        f"\nCustomers owe {story.currency} {money(receivable)}; {money(overdue)} of it ({share:.0%}) is overdue, "
        f"at {len(standings)} customers."
    )
    table = _table("Whom to call first", ("customer", "overdue", "oldest, days", "invoices", "owes in all"))
    for key, standing in sorted(standings.items(), key=lambda entry: entry[1].overdue, reverse=True)[:SHOWN]:
        row = (
            story.name(key),
            money(standing.overdue),
            str(standing.overdue_days),
            str(standing.overdue_items),
        )
        table.add_row(*row, money(standing.receivable))
    _print(table, len(standings), console)


def _table(title: str, columns: tuple[str, ...]) -> Table:
    table = Table(title=title, title_justify="left")
    numbers = {"amount", "overdue", "oldest, days", "invoices", "owes in all", "days blocked"}
    for column in columns:
        table.add_column(column, justify="right" if column in numbers else "left")
    return table


def _print(table: Table, total: int, console: Console) -> None:
    console.print()
    console.print(table, markup=False)
    if total > SHOWN:
        console.print(f"... and {total - SHOWN} more")


def _amount(order: HeldOrder) -> Decimal:
    return order.amount


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:g} s"
