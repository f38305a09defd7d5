"""The oracle takes a back-test: a candidate policy, read plainly, answers beside it whenever it decides on an order."""

from datetime import date
from types import SimpleNamespace
from typing import Any

from contracts.envelope import Event
from tests.oracle.customer import Customer
from tests.oracle.oracle import Oracle
from tests.rules.credit.plain_policy import plain_failing

FIGURES = ("decisions", "blocked", "passed", "restated", "sales_blocked", "sales_passed", "overdue_avoided")


class TrialOracle(Oracle):
    """Remembers per customer and currency what the candidate would have done, and every flip."""

    def __init__(
        self,
        partitions: int,
        currency: str,
        policy: dict[str, Any],
        first: date = date.min,
        last: date = date.max,
    ) -> None:
        super().__init__(partitions, currency)
        self.policy, self.first, self.last = policy, first, last
        self.figures: dict[tuple[str, str], dict[str, int]] = {}
        self.flips: list[tuple[str, str, str, str, int]] = []
        self._more: dict[str, SimpleNamespace] = {}
        self._blocked: dict[str, dict[str, Any]] = {}
        self._passed: dict[str, int] = {}
        self._was = ("", 0)
        self._key = ""

    def apply(self, event: Event[Any]) -> None:
        self._key = event.key
        super().apply(event)
        touched = self.customers if event.type == "clock.day_started" else [event.key]
        for customer_id in touched:
            if customer_id in self.customers:
                self._look(customer_id, self.customers[customer_id])

    def _more_of(self, customer_id: str) -> SimpleNamespace:
        return self._more.setdefault(
            customer_id, SimpleNamespace(review_on=None, risk_class=None, settled={}, late={})
        )

    def _terms_set(self, customer: Customer, data: Any, event: Event[Any]) -> bool:
        done = super()._terms_set(customer, data, event)
        self._more_of(event.key).review_on = data.review_on
        return done

    def _terms_risk_class_set(self, customer: Customer, data: Any, event: Event[Any]) -> None:
        self._more_of(event.key).risk_class = data.risk_class

    def _order_amended(self, customer: Customer, data: Any, event: Event[Any]) -> bool:
        known = customer.orders.get(data.order_id)
        self._was = (known["status"], known["amount"]) if known is not None else ("", 0)
        return super()._order_amended(customer, data, event)

    def _order_placed(self, customer: Customer, data: Any, event: Event[Any]) -> bool:
        self._was = ("", 0)
        return super()._order_placed(customer, data, event)

    def _decide(self, customer: Customer, order: dict[str, Any], before: int | None = None) -> None:
        counted = order["status"] == "approved" and order["on_account"]
        remains = 0 if order["closed"] else max(0, order["amount"] - order["invoiced"])
        failing = self._candidate(customer, order, 0 if counted else remains)
        candidate = "rejected" if "blacklist" in failing else "held" if failing else "approved"
        super()._decide(customer, order, before)
        if self.first <= self.today <= self.last:
            # The outcome of the decision just taken; the status may say "invoiced".
            self._compare(customer, order, self.decisions[order["id"]][-1][0], candidate)

    def _candidate(self, customer: Customer, order: dict[str, Any], growth: int) -> set[str]:
        more, overdue = self._more_of(self._key), customer.overdue(self.today)
        own = customer.overdue_limits
        account = SimpleNamespace(
            customer_id=self._key,
            risk_class=more.risk_class,
            blacklist="listed" if customer.blacklisted else None,
            hold="held" if customer.on_hold else None,
            exposure=customer.exposure(),
            limit_on=customer.limit_on,
            single_order_max=customer.single_max,
            thresholds=None
            if own is None
            else SimpleNamespace(max_amount=own[0], max_days=own[1], max_items=own[2]),
            overdue_amount=sum(invoice["open"] for invoice in overdue),
            overdue_items=len(overdue),
            oldest_overdue=min((invoice["due"] for invoice in overdue), default=None),
            invoiced=customer.invoiced(),
            review_on=more.review_on,
            settled_items=len(more.settled),
            settled_days_late=sum(more.settled.values()),
            term_days=customer.term_days,
        )
        _, currency, method, term_days = order["placed"]
        found = set(
            plain_failing(self.policy, account, order["amount"], method, term_days, self.today, growth)
        )
        return found | ({"currency"} if method == "account" and currency != customer.currency else set())

    def _compare(self, customer: Customer, order: dict[str, Any], recorded: str, candidate: str) -> None:
        figures = self.figures.setdefault((self._key, order["currency"]), dict.fromkeys(FIGURES, 0))
        figures["decisions"] += 1
        if candidate == recorded:
            return
        status, amount = self._was
        before = amount if status in ("approved", "invoiced") else 0
        sale = 0
        if recorded == "approved":
            place = self._blocked.setdefault(
                order["id"],
                {"peak": 0, "blocked": 0, "overdue": 0, "old": set(customer.invoices), "counted": set()},
            )
            sale = max(0, order["amount"] - max(before, place["peak"]))
            place["peak"] = max(place["peak"], order["amount"])
            place["blocked"] += sale
            figures["blocked"] += 1
            figures["sales_blocked"] += sale
        elif candidate == "approved":
            peak = self._passed.get(order["id"], 0)
            sale = max(0, order["amount"] - max(before, peak))
            self._passed[order["id"]] = max(peak, order["amount"])
            figures["passed"] += 1
            figures["sales_passed"] += sale
        else:
            figures["restated"] += 1
        self.flips.append((self._key, order["id"], recorded, candidate, sale))

    def _look(self, customer_id: str, customer: Customer) -> None:
        """Note what was settled by this event, and what of the blocked orders fell overdue."""
        settled = self._more_of(customer_id).settled
        for name, invoice in customer.invoices.items():
            if invoice["open"]:
                settled.pop(name, None)
            elif invoice["amount"] and name not in settled:
                settled[name] = max(0, (customer.today - invoice["due"]).days)
        for invoice in customer.overdue(customer.today):
            place = self._blocked.get(invoice["order"])
            if place is None or invoice["id"] in place["old"] | place["counted"]:
                continue
            place["counted"].add(invoice["id"])
            more = max(0, min(invoice["open"], place["blocked"] - place["overdue"]))
            place["overdue"] += more
            currency = customer.orders[invoice["order"]]["currency"]
            self.figures[customer_id, currency]["overdue_avoided"] += more
