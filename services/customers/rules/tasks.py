"""Follow-ups that plan themselves: a customer fell a class or went dormant, and its salesperson is to look after it.

Each cause plans one follow-up, however often it is told: a dormant spell is known by its last order day, whichever
definition finds it; a fall by its day and classes.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from hashlib import blake2b
from typing import Any, Literal

import msgspec

from contracts.envelope import Event
from contracts.errors import ContractError
from contracts.events.follow_ups import FollowUpCause, FollowUpRecorded, How
from contracts.money import minor_units

TASK_TYPES = ("segment.class_changed", "customer.dormant")
"""The events that may plan a follow-up."""

_UNCLASSED = "D"
"""Stands for a customer without a class: below C."""


class TaskPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which causes plan a follow-up.

    Attributes:
        least_at_stake: currency to decimal string: a dormant customer of less is left alone. A currency that is not
            named has no such bound; with any bound, a customer of unknown value is left alone.
        remind_days: so many days after the cause was heard of.
        news_days: a spell that began longer ago plans nothing: the first reading of a history is no work for today.
    """

    class_fell: bool = True
    dormant: bool = True
    least_at_stake: dict[str, str] = {}
    how: How = "call"
    remind_days: int = 1
    news_days: int = 30


def check_tasks(policy: TaskPolicy) -> None:
    """Refuse a policy whose amounts are none.

    Raises:
        ContractError: naming the field, such as ``least_at_stake.CNY``.
    """
    for currency, amount in policy.least_at_stake.items():
        field = f"least_at_stake.{currency}"
        try:
            least = minor_units(amount, currency, field)
        except ContractError as error:
            raise ContractError(field, error.reason) from None
        if least < 0:
            raise ContractError(field, "must not be negative")


def cause_of(event: Event[Any], policy: TaskPolicy, day: date) -> FollowUpCause | None:
    """Return the cause for a follow-up that an event is on a day; None: it is none, or the policy lets it be."""
    data = event.data
    if event.type == "customer.dormant":
        old = data.dormant_on < day - timedelta(days=policy.news_days)
        return (
            "dormant"
            if policy.dormant and not old and _worth_it(data.at_stake, policy.least_at_stake)
            else None
        )
    fell = (data.current or _UNCLASSED) > (data.previous or _UNCLASSED)
    return "class_fell" if policy.class_fell and fell else None


def _worth_it(at_stake: Any, least: Mapping[str, str]) -> bool:
    if not least:
        return True
    return any(
        part.currency not in least
        or minor_units(part.amount, part.currency) >= minor_units(least[part.currency], part.currency)
        for part in at_stake
    )


def task_id(event: Event[Any]) -> str:
    """Return the number of the follow-up that an event may plan: one per customer, cause and spell."""
    data = event.data
    facts: tuple[object, ...]
    if event.type == "customer.dormant":
        facts = ("dormant", data.customer_id, str(data.last_order_day))
    else:
        facts = ("class_fell", data.customer_id, data.currency, str(data.day), data.previous, data.current)
    return "task-" + blake2b(repr(facts).encode(), digest_size=16).hexdigest()


def task_of(
    event: Event[Any], cause: FollowUpCause, salesperson_id: str, policy: TaskPolicy, day: date
) -> FollowUpRecorded:
    """Return the follow-up that an event plans on a day."""
    data = event.data
    notes, next_step = _dormant(data) if cause == "dormant" else _fell(data)
    return FollowUpRecorded(
        customer_id=data.customer_id,
        follow_up_id=task_id(event),
        salesperson_id=salesperson_id,
        how=policy.how,
        notes=notes,
        next_step=next_step,
        remind_on=day + timedelta(days=policy.remind_days),
        cause=cause,
    )


Words = tuple[str, str]
_DEFINITIONS: dict[Literal["days", "rhythm"], str] = {"days": "", "rhythm": " by its own rhythm"}


def _dormant(data: Any) -> Words:
    amounts = ", ".join(f"{part.amount} {part.currency}" for part in data.at_stake) or "not known"
    since = (
        f"Dormant since {data.dormant_on}{_DEFINITIONS[data.definition]}, last order on {data.last_order_day}"
    )
    return f"{since}; at stake: {amounts}", "Ask what keeps it from ordering"


def _fell(data: Any) -> Words:
    now = "no class" if data.current is None else f"class {data.current}"
    moved = ", ".join(part.dimension for part in data.moved)
    why = f"; moved in {moved}" if moved else ""
    return f"From class {data.previous} to {now} on {data.day} ({data.currency}){why}", (
        data.suggested_step or "Ask why it buys less"
    )
