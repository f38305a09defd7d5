"""From accepted rows to event bodies."""

from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b

from contracts.errors import ContractError
from contracts.events import EventData
from contracts.events.customers import Contact, CustomerChanged, CustomerCreated
from contracts.events.orders import OrderInvoiced, OrderLine, OrderPlaced, OrderReturned
from contracts.events.payments import Allocation, PaymentReceived
from contracts.events.products import ProductChanged, ProductCreated
from contracts.events.terms import OverdueThresholds, TermsSet
from contracts.money import decimal_string, milli_units, minor_units
from deploy.feed.erp.reading import Values
from deploy.feed.erp.rejects import Rejected
from deploy.feed.erp.values import UNLIMITED

MAX_LINES = 2_000
MAX_ALLOCATIONS = 1_000


def event_id(*parts: object) -> str:
    """A readable id where it fits in 64 characters, else one with a hash: the same on every run."""
    text = "-".join(str(part) for part in ("erp", *parts))
    return text if len(text) <= 64 else f"erp-{parts[0]}-{blake2b(text.encode(), digest_size=16).hexdigest()}"


def fingerprint(data: EventData) -> str:
    """Eight hexadecimal digits of a body: tells later terms from earlier ones."""
    return blake2b(data.model_dump_json().encode(), digest_size=4).hexdigest()


def minor(values: Values, column: str, currency: str) -> int | None:
    """Turn an amount into minor units; None where it is empty.

    Raises:
        Rejected: more decimals than the currency has.
    """
    text = values[column]
    if text is None:
        return None
    try:
        return minor_units(text, currency, column)
    except ContractError as error:
        raise Rejected(column, f"has more decimals than {currency} has", text) from error


def _optional_amount(values: Values, column: str, currency: str) -> str | None:
    amount = minor(values, column, currency)
    return None if amount is None else decimal_string(amount, currency)


def product(values: Values, currency: str) -> ProductCreated | ProductChanged:
    """The catalogue entry."""
    revision = values["revision"] or 1
    model = ProductCreated if revision == 1 else ProductChanged
    return model(
        product_id=values["product_id"],
        revision=revision,
        name=values["name"],
        category=values["category"] or "",
        currency=currency,
        unit_cost=_optional_amount(values, "unit_cost", currency),
        list_price=_optional_amount(values, "list_price", currency),
    )


def card(values: Values) -> CustomerCreated | CustomerChanged:
    """The archive card."""
    revision = values["revision"] or 1
    model = CustomerCreated if revision == 1 else CustomerChanged
    contacts = []
    if values["contact_name"] or values["contact_phone"] or values["contact_email"]:
        contacts = [
            Contact(
                name=values["contact_name"] or "",
                phone=values["contact_phone"] or "",
                email=values["contact_email"] or "",
            )
        ]
    tags = values["tags"] or []
    if len(tags) > 50:
        raise Rejected("tags", "holds more than 50 tags")
    texts = ("short_name", "region", "category", "business_form", "bank_account")
    return model(
        customer_id=values["customer_id"],
        revision=revision,
        name=values["name"],
        ownership=values["ownership"] or "company",
        tags=tags,
        contacts=contacts,
        phones=[],
        **{name: values[name] or "" for name in texts},
    )


def terms(values: Values, currency: str) -> TermsSet | None:
    """The credit terms, None where the row has none."""
    if values["term_days"] is None:
        if values["credit_limit"] is not None:
            raise Rejected("term_days", "is required where credit_limit is given")
        return None
    if values["credit_limit"] is None:
        raise Rejected("credit_limit", "is required where term_days is given: an amount, 0 or unlimited")
    if values["term_days"] > 3_650 or (values["grace_days"] or 0) > 3_650:
        raise Rejected("term_days", "must be at most 3650, grace_days too", str(values["term_days"]))
    unlimited = values["credit_limit"] == UNLIMITED
    return TermsSet(
        customer_id=values["customer_id"],
        currency=currency,
        term_days=values["term_days"],
        limit=None if unlimited else _optional_amount(values, "credit_limit", currency),
        grace_days=values["grace_days"] or 0,
        overdue=OverdueThresholds() if values["overdue_rules"] == "off" else None,
        single_order_max=_optional_amount(values, "single_order_max", currency),
        review_on=values["review_on"],
        reason="import",
    )


@dataclass(slots=True)
class OrderDraft:
    """An order while its lines are gathered."""

    values: Values
    currency: str
    lines: list[OrderLine] = field(default_factory=list)
    lines_minor: int = 0

    def add_line(self, values: Values) -> None:
        """Take one row of order_lines."""
        if len(self.lines) == MAX_LINES:
            raise Rejected("order_id", f"the order has more than {MAX_LINES} lines", values["order_id"])
        price = minor(values, "unit_price", self.currency)
        assert price is not None, "unit_price is a required column"
        amount = minor(values, "amount", self.currency)
        if amount is None:
            # Half a minor unit is rounded up.
            amount = (price * milli_units(values["quantity"]) + 500) // 1000
        self.lines_minor += amount
        self.lines.append(
            OrderLine(
                product_id=values["product_id"],
                quantity=values["quantity"],
                unit_price=decimal_string(price, self.currency),
                amount=decimal_string(amount, self.currency),
            )
        )

    def total(self) -> str:
        """The order's amount in wire form."""
        amount = minor(self.values, "amount", self.currency)
        if amount is None and not self.lines:
            raise Rejected("amount", "is required for an order without lines")
        return decimal_string(self.lines_minor if amount is None else amount, self.currency)

    def body(self) -> OrderPlaced:
        """The order."""
        values = self.values
        return OrderPlaced(
            order_id=values["order_id"],
            customer_id=values["customer_id"],
            currency=self.currency,
            amount=self.total(),
            payment_method=values["payment_method"] or "account",
            salesperson_id=values["salesperson_id"],
            promised_on=values["promised_on"],
            lines=self.lines,
        )


def invoice(values: Values, currency: str, order: OrderPlaced | None, issued_on: date) -> OrderInvoiced:
    """An invoice; one over its whole order carries the order's lines."""
    amount = _optional_amount(values, "amount", currency)
    closes = values["closes_order"] is not False and order is not None
    whole = order is not None and closes and order.amount == amount
    return OrderInvoiced(
        invoice_id=values["invoice_id"],
        customer_id=values["customer_id"],
        order_id=order.order_id if order else None,
        currency=currency,
        amount=amount or "0",
        issued_on=issued_on,
        due_on=values["due_on"],
        closes_order=closes,
        lines=order.lines if order and whole else [],
    )


def credit_note(values: Values, currency: str, order: OrderPlaced | None) -> OrderReturned:
    """A credit note."""
    return OrderReturned(
        return_id=values["invoice_id"],
        customer_id=values["customer_id"],
        order_id=order.order_id if order else None,
        invoice_id=values["credits_invoice_id"],
        currency=currency,
        amount=_optional_amount(values, "amount", currency) or "0",
        reason=values["reason"] or "",
        lines=[],
    )


def payment(values: Values, currency: str) -> PaymentReceived:
    """A payment with what it is for."""
    amount = minor(values, "amount", currency)
    assert amount is not None, "amount is a required column"
    wire = decimal_string(amount, currency)
    if values["invoice_id"] and values["allocations"]:
        raise Rejected("allocations", "cannot be given together with invoice_id")
    allocations = [Allocation(invoice_id=values["invoice_id"], amount=wire)] if values["invoice_id"] else []
    if values["allocations"]:
        allocations = _allocations(values, currency, amount)
    return PaymentReceived(
        payment_id=values["payment_id"],
        customer_id=values["customer_id"],
        currency=currency,
        amount=wire,
        method=values["method"] or "",
        allocations=allocations,
    )


def _allocations(values: Values, currency: str, amount: int) -> list[Allocation]:
    parts: list[str] = values["allocations"]
    expected = "must be like IV-3001=1000;IV-3002=234.50"
    if len(parts) > MAX_ALLOCATIONS:
        raise Rejected("allocations", f"holds more than {MAX_ALLOCATIONS} invoices")
    found, total = list[Allocation](), 0
    for part in parts:
        invoice_id, equals, text = part.rpartition("=")
        try:
            part_minor = minor_units(text.strip(), currency) if equals else -1
        except (ValueError, KeyError):
            part_minor = -1
        if part_minor < 0 or not invoice_id.strip():
            raise Rejected("allocations", expected, part)
        total += part_minor
        try:
            found.append(
                Allocation(invoice_id=invoice_id.strip(), amount=decimal_string(part_minor, currency))
            )
        except ValueError:
            raise Rejected("allocations", expected, part) from None
    if total > amount:
        raise Rejected("allocations", "add up to more than the payment", ";".join(parts))
    return found
