"""What the oracle needs to know besides to judge risk: which money came when, what was issued when, who traded when."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from contracts.envelope import Event
from tests.oracle.customer import Customer
from tests.oracle.oracle import Oracle

WINDOW_DAYS = 365


class Paying(Oracle):
    """Remembers days; every figure is added up from them when it is asked for."""

    def __init__(self, partitions: int, currency: str) -> None:
        super().__init__(partitions, currency)
        self.issued: dict[str, date] = {}
        self.last_money: dict[str, date] = {}
        self.traded: dict[str, date] = {}

    def apply(self, event: Event[Any]) -> None:
        customer = self.customers.get(event.key)
        before = _money(customer)
        decided = set(self.decisions)
        super().apply(event)
        customer = self.customers.get(event.key)
        if customer is None or event.id in self.refused:
            return
        for place, paid in _money(customer).items():
            if paid > before.get(place, 0):
                self.last_money[place[1]] = customer.today
        if event.type == "order.placed" and set(self.decisions) - decided:
            self.traded[event.key] = customer.today

    def _order_shipped(self, customer: Customer, data: Any, event: Event[Any]) -> Any:
        done = super()._order_shipped(customer, data, event)
        if done is not False:
            self.traded[event.key] = customer.today
        return done

    def _order_invoiced(self, customer: Customer, data: Any, event: Event[Any]) -> bool:
        done = super()._order_invoiced(customer, data, event)
        if done:
            self.traded[event.key] = customer.today
            self.issued[data.invoice_id] = data.issued_on
        return done

    def settled(self, customer: Customer) -> dict[str, int]:
        """Days late of every invoice that money settled."""
        paid = {invoice_id for _, invoice_id in _money(customer)}
        return {
            invoice["id"]: (self.last_money[invoice["id"]] - invoice["due"]).days
            for invoice in customer.invoices.values()
            if invoice["open"] == 0 and invoice["id"] in paid
        }

    def values(self, customer_id: str) -> dict[str, Fraction | None]:
        """Every factor of the books, by its definition."""
        customer = self.customers[customer_id]
        today = customer.today
        start = today - timedelta(days=WINDOW_DAYS)
        invoices = customer.invoices.values()
        sales = [i["amount"] for i in invoices if start < self.issued[i["id"]] <= today]
        due = [i for i in invoices if start < i["due"] <= today]
        # What counts as overdue was judged when the day began or the grace days changed, which is the same.
        overdue = customer.overdue(today)
        limit, exposure = customer.limit_on(today), customer.exposure()
        if limit is None:
            used: Fraction | None = Fraction(0)
        elif limit == 0:
            used = Fraction(1000) if exposure > 0 else None
        else:
            used = min(max(Fraction(100 * exposure, limit), Fraction(0)), Fraction(1000))
        billed = sum(i["amount"] for i in due)
        traded = self.traded.get(customer_id)
        return {
            "limit_used": used,
            "sales_count": Fraction(len(sales)),
            "sales_amount": Fraction(sum(sales), 100),
            "balance": Fraction(customer.invoiced() - customer.unapplied(), 100),
            "overdue_amount": Fraction(sum(i["open"] for i in overdue), 100),
            "overdue_days": Fraction((today - overdue[0]["due"]).days if overdue else 0),
            "overdue_items": Fraction(len(overdue)),
            "collection_ratio": Fraction(100 * sum(i["amount"] - i["open"] for i in due), billed)
            if billed
            else None,
            "days_without_trade": None if traded is None else Fraction((today - traded).days),
        }


def _money(customer: Customer | None) -> dict[tuple[str, str], int]:
    """What each payment has paid on each invoice."""
    if customer is None:
        return {}
    return {
        (credit_id, invoice_id): part
        for credit_id, credit in customer.credits.items()
        if credit_id.startswith("payment:")
        for invoice_id, part in credit["paid"].items()
    }
