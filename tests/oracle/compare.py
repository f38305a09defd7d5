"""The service's outcome and the oracle's, side by side."""

from typing import Any

from services.credit.rules.entries import Decided
from services.credit.rules.state import Account
from tests.oracle.oracle import Customer


def balances(customer: Customer) -> dict[str, Any]:
    """The figures of an account as the oracle has them."""
    overdue = customer.overdue(customer.today)
    return {
        "currency": customer.currency,
        "limit": customer.limit,
        "open_orders": customer.open_orders() - customer.shipped(),
        "shipped": customer.shipped(),
        "invoiced": customer.invoiced(),
        "unapplied": customer.unapplied(),
        "held_orders": len(customer.held()),
        "overdue_amount": sum(invoice["open"] for invoice in overdue),
        "overdue_items": len(overdue),
        "oldest_overdue": min((invoice["due"] for invoice in overdue), default=None),
    }


def of_account(account: Account | Any) -> dict[str, Any]:
    """The same figures of an account of the service."""
    names = ("currency", "limit", "open_orders", "shipped", "invoiced", "unapplied", "held_orders")
    overdue = ("overdue_amount", "overdue_items", "oldest_overdue")
    return {name: getattr(account, name) for name in (*names, *overdue)}


def of_decisions(decisions: list[Decided]) -> list[tuple[str, list[str], int]]:
    """Decisions as the oracle remembers them."""
    return [(d.outcome, [reason.rule for reason in d.reasons], d.exposure) for d in decisions]
