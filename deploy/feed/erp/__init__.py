"""Importer of any ERP's export: CSV or parquet files in the layout of ``docs/import-layout.md``.

All files are read and checked first; what is wrong goes to the rejects file with file, row, column and reason, the
rest becomes events. Ids are made from the documents' own ids, so that importing again changes nothing.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from contracts.events import EventData
from contracts.events.customers import CustomerAssigned, CustomerBlacklisted
from contracts.events.orders import OrderCancelled, OrderPlaced, OrderShipped
from contracts.events.payments import PaymentReversed
from contracts.events.terms import HoldPlaced
from contracts.topics import default_partitions
from deploy.feed.erp import bodies
from deploy.feed.erp.bodies import OrderDraft, event_id
from deploy.feed.erp.layout import FILES
from deploy.feed.erp.reading import Row, Table, Values, read_table
from deploy.feed.erp.rejects import LayoutError, Rejected, Rejects, contract_kept
from deploy.feed.erp.values import at
from deploy.feed.source import Events, Feed, make, with_day_ticks

__all__ = ["ErpOptions", "LayoutError", "feed"]

PRODUCER = "erp"

# The hour of documents of which only the day is known, in the order in which a day's business goes.
ORDERED, PAID, SHIPPED, INVOICED, CREDITED, CANCELLED, REVERSED = 9, 11, 14, 15, 16, 17, 18

Entry = tuple[datetime, str, str, EventData]


@dataclass(frozen=True, slots=True)
class ErpOptions:
    """``rejects_file`` None: ``rejects.csv`` in the folder. ``zone`` is that of times without an offset."""

    currency: str = "CNY"
    zone: str = "Asia/Shanghai"
    encoding: str = "utf-8-sig"
    rejects_file: Path | None = None
    partitions: int = default_partitions()


def feed(folder: Path, options: ErpOptions | None = None) -> Feed:
    """Read and check the files, write the rejects, and return the events of the rest.

    Raises:
        LayoutError: the folder or a whole file cannot be used.
    """
    options = options or ErpOptions()
    rejects, notes = Rejects(), Counter[str]()
    tables = {name: read_table(name, folder, options.encoding, rejects, notes) for name in FILES}
    if tables["customers"].path is None:
        raise LayoutError(f"{folder} has neither customers.csv nor customers.parquet")
    entries = _Import(tables, options, rejects, notes).entries()
    rejects.write(options.rejects_file or folder / "rejects.csv")
    zone = ZoneInfo(options.zone)
    return Feed(
        name=f"erp-{_fingerprint(entries)}-{options.partitions}",
        events=with_day_ticks(_events(entries), zone, options.partitions),
        first_day=entries[0][0].astimezone(zone).date() if entries else None,
        last_day=entries[-1][0].astimezone(zone).date() if entries else None,
        left_out=rejects.counts,
        notes=notes,
    )


def _fingerprint(entries: list[Entry]) -> str:
    """Tells one export from another, so that a position is never used for the wrong one."""
    digest = blake2b(digest_size=8)
    for moment, identity, _, body in entries:
        digest.update(f"{moment.isoformat()}|{identity}|{body!r}\n".encode())
    return digest.hexdigest()


def _events(entries: list[Entry]) -> Events:
    for moment, identity, key, body in entries:
        yield make(body, identity, moment, PRODUCER, key)


class _Import:
    """Turns tables into entries that are sorted by time."""

    def __init__(
        self, tables: dict[str, Table], options: ErpOptions, rejects: Rejects, notes: Counter[str]
    ) -> None:
        self._tables = tables
        self._options = options
        self._zone = ZoneInfo(options.zone)
        self._rejects = rejects
        self._notes = notes
        self._entries: list[Entry] = []
        self._customers: set[str] = {row.values["customer_id"] for row in tables["customers"].rows}
        self._first: dict[str, date] = {}
        self._orders: dict[str, OrderPlaced] = {}
        self._invoices: set[str] = set()

    def entries(self) -> list[Entry]:
        """All entries in event-time order; equal times keep the order of the files."""
        self._check_customers()
        self._take_orders()
        self._each("invoices", self._invoice)
        self._each("payments", self._payment)
        first_day = min((entry[0].astimezone(self._zone).date() for entry in self._entries), default=None)
        self._each("customers", partial(self._customer, first_day))
        self._each("products", partial(self._product, first_day))
        return sorted(self._entries, key=lambda entry: entry[0])

    def _each(self, name: str, take: Callable[[Values], None]) -> None:
        """Take every row of a table; a row that cannot be taken leaves no entry behind."""
        table = self._tables[name]
        for row in table.rows:
            before = len(self._entries)
            try:
                with contract_kept():
                    take(row.values)
            except Rejected as why:
                del self._entries[before:]
                self._rejects.add(table.file, row.number, why)

    def _check_customers(self) -> None:
        """Customers whose terms are wrong must not trade on none: they and their documents are left out."""
        table, good = self._tables["customers"], list[Row]()
        for row in table.rows:
            try:
                with contract_kept():
                    bodies.card(row.values)
                    bodies.terms(row.values, self._currency(row.values))
                good.append(row)
            except Rejected as why:
                self._rejects.add(table.file, row.number, why)
                self._customers.discard(row.values["customer_id"])
        table.rows = good

    def _currency(self, values: Values) -> str:
        return str(values["currency"] or self._options.currency)

    def _known_customer(self, values: Values, moment: datetime) -> str:
        customer_id = str(values["customer_id"])
        if customer_id not in self._customers:
            raise Rejected("customer_id", "is not among the accepted customers", customer_id)
        day = moment.astimezone(self._zone).date()
        self._first[customer_id] = min(self._first.get(customer_id, day), day)
        return customer_id

    def _add(self, moment: datetime, identity: str, key: str, body: EventData) -> None:
        self._entries.append((moment, identity, key, body))

    def _take_orders(self) -> None:
        drafts = {
            row.values["order_id"]: OrderDraft(row.values, self._currency(row.values))
            for row in self._tables["orders"].rows
        }
        lines = self._tables["order_lines"]
        spoilt = dict(lines.bad_keys)
        products = {row.values["product_id"] for row in self._tables["products"].rows}
        for row in lines.rows:
            order_id = row.values["order_id"]
            try:
                draft = drafts.get(order_id)
                if draft is None:
                    raise Rejected("order_id", "is not among the accepted orders", order_id)
                with contract_kept():
                    draft.add_line(row.values)
                if products and row.values["product_id"] not in products:
                    self._notes["order line of a product that is not in products: taken without cost"] += 1
            except Rejected as why:
                spoilt.setdefault(order_id, row.number)
                self._rejects.add(lines.file, row.number, why)
        self._each("orders", lambda values: self._order(drafts[values["order_id"]], spoilt))

    def _order(self, draft: OrderDraft, spoilt: dict[str, int]) -> None:
        values, order_id = draft.values, str(draft.values["order_id"])
        moment = at(values["ordered_at"], ORDERED, self._zone)
        if order_id in spoilt:
            raise Rejected(
                "order_id", f"a line of it was rejected in {self._tables['order_lines'].file}", order_id
            )
        order = draft.body()
        customer_id = self._known_customer(values, moment)
        self._add(moment, event_id("order", order_id, "placed"), customer_id, order)
        if values["shipped_at"] is not None:
            shipped = OrderShipped(
                order_id=order_id,
                customer_id=customer_id,
                shipment_id=order_id,
                currency=order.currency,
                amount=order.amount,
            )
            when = self._later(values, "shipped_at", SHIPPED, moment)
            self._add(when, event_id("order", order_id, "shipped"), customer_id, shipped)
        if values["cancelled_at"] is not None:
            cancelled = OrderCancelled(
                order_id=order_id, customer_id=customer_id, reason=values["cancel_reason"] or ""
            )
            when = self._later(values, "cancelled_at", CANCELLED, moment)
            self._add(when, event_id("order", order_id, "cancelled"), customer_id, cancelled)
        self._orders[order_id] = order

    def _later(self, values: Values, column: str, hour: int, than: datetime) -> datetime:
        moment = at(values[column], hour, self._zone)
        if moment < than:
            raise Rejected(column, "is before the document itself", str(values[column]))
        return moment

    def _invoice(self, values: Values) -> None:
        is_note = values["kind"] == "credit_note"
        moment = at(values["issued_at"], CREDITED if is_note else INVOICED, self._zone)
        customer_id, currency = self._known_customer(values, moment), self._currency(values)
        order = self._orders.get(values["order_id"] or "")
        if order is not None and order.customer_id != customer_id:
            raise Rejected("order_id", "belongs to another customer", order.order_id)
        if order is None and values["order_id"]:
            self._notes["invoice or credit note without its order: taken on its own"] += 1
        if is_note:
            body: EventData = bodies.credit_note(values, currency, order)
            what = "credited"
        else:
            body = bodies.invoice(values, currency, order, moment.astimezone(self._zone).date())
            what = "invoiced"
        self._add(moment, event_id("invoice", values["invoice_id"], what), customer_id, body)

    def _payment(self, values: Values) -> None:
        moment = at(values["received_at"], PAID, self._zone)
        customer_id = self._known_customer(values, moment)
        payment_id = values["payment_id"]
        body = bodies.payment(values, self._currency(values))
        self._add(moment, event_id("payment", payment_id, "received"), customer_id, body)
        if values["reversed_at"] is not None:
            reversal = PaymentReversed(
                payment_id=payment_id, customer_id=customer_id, reason=values["reversal_reason"] or ""
            )
            when = self._later(values, "reversed_at", REVERSED, moment)
            self._add(when, event_id("payment", payment_id, "reversed"), customer_id, reversal)

    def _customer(self, first_day: date | None, values: Values) -> None:
        customer_id = str(values["customer_id"])
        days = [values["created_on"] or first_day, self._first.get(customer_id)]
        day = min((day for day in days if day is not None), default=None)
        if day is None:
            raise Rejected("created_on", "is required where no document tells a day")
        midnight = at(day, 0, self._zone)
        card = bodies.card(values)
        identity = event_id("customer", customer_id, f"r{card.revision}")
        self._add(midnight + timedelta(seconds=2), identity, customer_id, card)
        later: list[tuple[str, EventData | None]] = [
            ("assigned", self._assignment(values, day)),
            ("terms", bodies.terms(values, self._currency(values))),
            ("blacklisted", self._blacklisting(values)),
            ("hold", self._hold(values)),
        ]
        for second, (what, body) in enumerate(later, start=3):
            if body is not None:
                identity = event_id(what, customer_id, bodies.fingerprint(body))
                self._add(midnight + timedelta(seconds=second), identity, customer_id, body)

    def _assignment(self, values: Values, day: date) -> EventData | None:
        if values["salesperson_id"] is None:
            return None
        return CustomerAssigned(
            customer_id=values["customer_id"], salesperson_id=values["salesperson_id"], from_day=day
        )

    def _blacklisting(self, values: Values) -> EventData | None:
        reason = values["blacklisted"]
        return CustomerBlacklisted(customer_id=values["customer_id"], reason=reason) if reason else None

    def _hold(self, values: Values) -> EventData | None:
        reason = values["on_hold"]
        return HoldPlaced(customer_id=values["customer_id"], reason=reason) if reason else None

    def _product(self, first_day: date | None, values: Values) -> None:
        if first_day is None:
            first_day = min((entry[0].astimezone(self._zone).date() for entry in self._entries), default=None)
        if first_day is None:
            raise Rejected("product_id", "no document tells a day for the catalogue")
        body: Any = bodies.product(values, self._currency(values))
        identity = event_id("product", body.product_id, f"r{body.revision}")
        self._add(at(first_day, 0, self._zone) + timedelta(seconds=1), identity, body.product_id, body)
