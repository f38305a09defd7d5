"""One customer's documents as the oracle keeps them; every figure is added up anew when it is asked for."""

from datetime import date, timedelta
from typing import Any


class Refused(Exception):
    """The event is not applied."""


class Customer:
    """One customer's documents and terms."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.touched = False
        self.today = date.min
        self.limit: int | None = 0
        self.term_days = self.grace_days = 0
        self.single_max: int | None = None
        self.overdue_limits: tuple[int | None, int | None, int | None] | None = None
        self.temporary: tuple[int | None, date, date] | None = None
        self.blacklisted = self.on_hold = False
        self.orders: dict[str, dict[str, Any]] = {}
        self.invoices: dict[str, dict[str, Any]] = {}
        self.credits: dict[str, dict[str, Any]] = {}

    def open_orders(self) -> int:
        return sum(
            remaining(o) for o in self.orders.values() if o["status"] == "approved" and o["on_account"]
        )

    def shipped(self) -> int:
        return sum(
            min(remaining(o), max(0, o["left"] - o["invoiced"]))
            for o in self.orders.values()
            if o["status"] == "approved" and o["on_account"]
        )

    def invoiced(self) -> int:
        return sum(invoice["open"] for invoice in self.invoices.values())

    def unapplied(self) -> int:
        return sum(credit["left"] for credit in self.credits.values())

    def exposure(self) -> int:
        return self.open_orders() + self.invoiced() - self.unapplied()

    def held(self) -> list[dict[str, Any]]:
        held = [order for order in self.orders.values() if order["status"] == "held"]
        return sorted(held, key=lambda order: (order["placed_at"], order["id"]))

    def owed(self) -> list[dict[str, Any]]:
        """Open invoices, the oldest due first."""
        owed = [invoice for invoice in self.invoices.values() if invoice["open"]]
        return sorted(owed, key=lambda invoice: (invoice["due"], invoice["id"]))

    def overdue(self, today: date) -> list[dict[str, Any]]:
        return [
            invoice for invoice in self.owed() if today > invoice["due"] + timedelta(days=self.grace_days)
        ]

    def limit_on(self, today: date) -> int | None:
        if self.temporary is not None and self.temporary[1] <= today <= self.temporary[2]:
            return self.temporary[0]
        return self.limit


def remaining(order: dict[str, Any]) -> int:
    return 0 if order["closed"] or order["cancelled"] else max(0, order["amount"] - order["invoiced"])


def exceeds(value: int, most: int | None) -> bool:
    return most is not None and value > most
