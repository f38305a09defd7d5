"""How the company stands to a customer: who looks after it, and whether it is blacklisted."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from services.customers.rules.card import Customer

BlacklistStep = Literal["blacklisted", "lifted"]


@dataclass(slots=True)
class Assignment:
    """From ``from_day`` on a salesperson looks after the customer, until the next assignment's day."""

    customer_id: str
    from_day: date
    salesperson_id: str
    assigned_at: datetime
    event_id: str
    stored: bool = False
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Blacklisting:
    """A step in a customer's blacklist history."""

    customer_id: str
    at: datetime
    step: BlacklistStep
    reason: str
    event_id: str
    producer: str


def replace(assignment: Assignment, by: Assignment) -> None:
    """Correct who was assigned from a day on: of several words about one day, the latest counts."""
    if by.assigned_at > assignment.assigned_at:
        assignment.salesperson_id = by.salesperson_id
        assignment.assigned_at = by.assigned_at
        assignment.event_id = by.event_id
        assignment.changed = True


def judge(customer: Customer, step: Blacklisting) -> None:
    """Blacklist the customer or lift it, unless something later is known; at the same instant the stricter counts."""
    customer.changed = True
    blacklisted = step.step == "blacklisted"
    known_at = customer.blacklist_changed_at
    if known_at is None or (step.at, blacklisted) > (known_at, customer.blacklisted):
        customer.blacklisted = blacklisted
        customer.blacklist_reason = step.reason
        customer.blacklist_changed_at = step.at
