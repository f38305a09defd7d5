"""Commission of customers worked out from their documents, the policies and the margins of products."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import msgspec

from services.insights.rules.collecting import commission
from services.insights.rules.commission import Bill, GivenBack, Group, Money, Part, WriteOff, shares_of
from services.insights.rules.margin_tiers import MarginTier, TierPolicy, tier_of
from services.insights.rules.windows import month_after
from services.insights.store.commission import (
    Documents,
    Entries,
    Rules,
    documents_of,
    lines_of_orders,
    rules_of,
)
from services.insights.store.product_margins import Margin, ProductMonth, windows
from services.kit.database import Connection

Margins = dict[tuple[str, int, ProductMonth], Margin]
"""By currency, length of the window in months, product and month."""


async def wanted_entries(connection: Connection, customer_ids: Sequence[str]) -> Entries:
    """Return all entries of these customers, as their documents say; none before a manager has set rates."""
    rules = await rules_of(connection)
    if not rules.tiers:
        return {}
    documents = await documents_of(connection, customer_ids)
    bills = [(row, msgspec.json.decode(row["lines"])) for row in documents.bills]
    earning = _Earning(rules, await _margins(connection, rules, bills), documents)
    # Few sales have no margin in the months before them: their own lines are read for them alone.
    for line in await lines_of_orders(connection, earning.without_tier(bills)):
        earning.sold[line["customer_id"], line["document_id"], line["product_id"]] = line
    return earning.entries(bills)


async def _margins(connection: Connection, rules: Rules, bills: Sequence[tuple[Any, Any]]) -> Margins:
    asked: dict[tuple[str, int], set[ProductMonth]] = {}
    for row, lines in bills:
        if row["placed_day"] is not None:
            months = rules.tiers_on(row["placed_day"]).window_months
            month = month_after(row["placed_day"], 0)
            asked.setdefault((row["currency"], months), set()).update((p, month) for p in lines)
    return {
        (currency, months, key): margin
        for (currency, months), wanted in asked.items()
        for key, margin in (await windows(connection, currency, wanted, months)).items()
    }


class _Earning:
    """Documents in the terms of the rules."""

    def __init__(self, rules: Rules, margins: Margins, documents: Documents) -> None:
        self._rules, self._margins, self._documents = rules, margins, documents
        self.sold: dict[tuple[str, str, str], Any] = {}
        self._returned: dict[tuple[str, str], dict[str, int]] = {}
        for line in documents.given_back:
            of = self._returned.setdefault((line["customer_id"], line["document_id"]), {})
            of[line["product_id"]] = line["amount_minor"]
        # What is the same for many sales is found once.
        self._policies: dict[date, tuple[TierPolicy, int]] = {}
        self._tiers: dict[tuple[date, str, str], MarginTier | None] = {}
        self._shares: dict[tuple[str, str, int, MarginTier], tuple[tuple[Group, Fraction], ...]] = {}

    def without_tier(self, bills: Sequence[tuple[Any, Any]]) -> set[tuple[str, str]]:
        """Return the orders with a product that was not sold in the months before, as customer and order."""
        return {
            (row["customer_id"], row["order_id"])
            for row, lines in bills
            if row["placed_day"] is not None
            and any(self._tier(row["placed_day"], row["currency"], p) is None for p in lines)
        }

    def entries(self, bills: Sequence[tuple[Any, Any]]) -> Entries:
        """Return the entries per customer and currency."""
        found: dict[tuple[str, str], tuple[list[Bill], list[Money], list[GivenBack], list[WriteOff]]] = {}

        def of(row: Any) -> tuple[list[Bill], list[Money], list[GivenBack], list[WriteOff]]:
            return found.setdefault((row["customer_id"], row["currency"]), ([], [], [], []))

        for row, lines in bills:
            of(row)[0].append(self._bill(row, lines))
        for row in self._documents.payments:
            values = list(row)[2:]
            values[-1] = msgspec.json.decode(values[-1])
            of(row)[1].append(Money(*values))
        for row in self._documents.returns:
            products = self._returned.get((row["customer_id"], row["return_id"]), {})
            of(row)[2].append(GivenBack(*(*list(row)[2:], products)))
        for row in self._documents.write_offs:
            names = ("write_off_id", "invoice_id", "amount_minor", "written_off_at", "written_off_on")
            of(row)[3].append(WriteOff(*(row[name] for name in names)))
        made = {account: commission(*documents) for account, documents in found.items()}
        return {account: entries for account, entries in made.items() if entries}

    def _bill(self, row: Any, lines: dict[str, tuple[int, int]]) -> Bill:
        names = ("invoice_id", "order_id", "amount_minor", "invoiced_at", "issued_on", "due_on")
        parts = () if row["placed_day"] is None else self._parts(row, lines)
        return Bill(*(*(row[name] for name in names), tuple(parts)))

    def _parts(self, row: Any, lines: dict[str, tuple[int, int]]) -> list[Part]:
        day: date = row["placed_day"]
        policy, percent = self._policies_on(day)
        found = []
        for product_id, (_, amount) in sorted(lines.items()):
            tier = self._tier(day, row["currency"], product_id) or self._own_tier(row, product_id, policy)
            by = row["owner_id"], row["seller_id"], percent, tier
            if by not in self._shares:
                self._shares[by] = tuple(
                    (Group(person, tier.name, tier.rate_ppm), share) for person, share in shares_of(*by[:3])
                )
            found.append(Part(product_id, amount, self._shares[by]))
        return found

    def _policies_on(self, day: date) -> tuple[TierPolicy, int]:
        """Return the tiers and the owner's percentage that hold for a sale of a day."""
        if day not in self._policies:
            self._policies[day] = self._rules.tiers_on(day), self._rules.performance_on(day).owner_percent
        return self._policies[day]

    def _tier(self, day: date, currency: str, product_id: str) -> MarginTier | None:
        """Return the tier of a product as of a day; None: nothing of known cost was sold in the months before."""
        wanted = day, currency, product_id
        if wanted not in self._tiers:
            policy, _ = self._policies_on(day)
            key = currency, policy.window_months, (product_id, month_after(day, 0))
            self._tiers[wanted] = tier_of(policy, *self._margins.get(key, Margin()))
        return self._tiers[wanted]

    def _own_tier(self, row: Any, product_id: str, policy: TierPolicy) -> MarginTier:
        """Return the tier of a sale by its own margin, the last one where that is not known."""
        line, tier = self.sold.get((row["customer_id"], row["order_id"], product_id)), None
        if line is not None and line["cost_minor"] is not None:
            tier = tier_of(policy, line["amount_minor"], line["cost_minor"])
        return tier or policy.tiers[-1]
