"""What order events do, as the oracle sees it."""

from datetime import UTC
from typing import Any

from contracts.envelope import Event
from contracts.money import minor_units
from tests.oracle.customer import Customer, Refused, remaining
from tests.oracle.deciding import Deciding


class Orders(Deciding):
    """Handles orders."""

    def _order(self, customer: Customer, order_id: str) -> dict[str, Any]:
        new = {
            "id": order_id,
            "status": "announced",
            "amount": 0,
            "invoiced": 0,
            "left": 0,
            "closed": False,
            "cancelled": False,
        }
        new |= {"revision": 0, "placed": None, "placed_at": "", "on_account": True, "currency": ""}
        return customer.orders.setdefault(order_id, new)

    def _order_placed(self, customer: Customer, data: Any, event: Event[Any]) -> bool:
        amount = minor_units(data.amount, data.currency)
        said = (amount, data.currency, data.payment_method, data.term_days)
        known = customer.orders.get(data.order_id)
        if known is not None and known["placed"] is not None:
            if known["placed"] != said:
                raise Refused
            return False
        if not customer.touched:
            customer.currency = data.currency
        order = self._order(customer, data.order_id)
        order["placed"], order["currency"] = said, data.currency
        order["on_account"] = data.payment_method == "account"
        order["placed_at"] = event.occurred_at.astimezone(UTC)
        if order["revision"] == 0:
            order["amount"] = amount
        if order["cancelled"]:
            self._decided(customer, order, "rejected", ["cancelled"])
        else:
            self._decide(customer, order)
        return True

    def _order_amended(self, customer: Customer, data: Any, event: Event[Any]) -> bool:
        amount = minor_units(data.amount, data.currency)
        known = customer.orders.get(data.order_id)
        if known is not None and known["currency"] and known["currency"] != data.currency:
            raise Refused
        if known is not None and data.revision <= known["revision"]:
            return False
        order = self._order(customer, data.order_id)
        grows = remaining({**order, "amount": amount}) > remaining(order)
        before = remaining(order)
        order["revision"], order["amount"] = data.revision, amount
        if order["status"] == "held" or (order["status"] in ("approved", "invoiced") and grows):
            self._decide(customer, order, before)
            return True
        approved = order["status"] == "approved"
        self._end(order)
        if approved:
            self._release(customer)
        return True

    def _order_cancelled(self, customer: Customer, data: Any, event: Event[Any]) -> bool:
        order = self._order(customer, data.order_id)
        if order["cancelled"]:
            return False
        order["cancelled"] = True
        self._end(order)
        self._release(customer)
        return True

    def _order_shipped(self, customer: Customer, data: Any, event: Event[Any]) -> bool:
        amount = minor_units(data.amount, data.currency)
        self._order(customer, data.order_id)["left"] += amount
        return True
