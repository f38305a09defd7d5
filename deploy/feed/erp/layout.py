"""The layout an ERP exports: files, columns, types. ``docs/import-layout.md`` is checked against this table."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "id",
    "text",
    "amount",
    "limit",
    "quantity",
    "number",
    "day",
    "moment",
    "flag",
    "choice",
    "currency",
    "parts",
]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``choices`` only for kind "choice"."""

    name: str
    kind: Kind
    required: bool
    example: str
    meaning: str
    choices: tuple[str, ...] = ()


def _needed(name: str, kind: Kind, example: str, meaning: str) -> Column:
    return Column(name, kind, True, example, meaning)


def _may(name: str, kind: Kind, example: str, meaning: str, choices: tuple[str, ...] = ()) -> Column:
    return Column(name, kind, False, example, meaning, choices)


_CURRENCY = _may("currency", "currency", "CNY", "ISO 4217 code; default: the import's currency")

FILES: dict[str, tuple[Column, ...]] = {
    "customers": (
        _needed("customer_id", "id", "C-1001", "unique"),
        _needed("name", "text", "Harbour Hardware Ltd", "full name"),
        _may(
            "revision", "number", "1", "raise it when the card has changed since the last import; default 1"
        ),
        _may("short_name", "text", "Harbour", "how people call it"),
        _may("region", "text", "Zhejiang", "for filters and splits"),
        _may("category", "text", "retail", "for filters and splits"),
        _may("business_form", "text", "hardware store", "for filters and splits"),
        _may(
            "ownership",
            "choice",
            "company",
            "whose customer it is; default company",
            ("company", "salesperson", "walk_in"),
        ),
        _may("bank_account", "text", "6222 0000 1111", "as on its transfers"),
        _may("tags", "parts", "key account;chain", "separated by semicolons"),
        _may("contact_name", "text", "Wang Wei", "main contact"),
        _may("contact_phone", "text", "+86 555 0100", "its telephone"),
        _may("contact_email", "text", "wang@example.com", "its mail address"),
        _may("salesperson_id", "id", "S-07", "who looks after it"),
        _may(
            "created_on",
            "day",
            "2024-03-01",
            "default: the first day of the import; never after its first document",
        ),
        _CURRENCY,
        _may(
            "term_days", "number", "30", "days from invoice to due date; empty: cash only, no terms are set"
        ),
        _may(
            "credit_limit",
            "limit",
            "50000.00",
            "an amount, 0 for none, or unlimited; required with term_days",
        ),
        _may(
            "overdue_rules",
            "choice",
            "company",
            "off: overdue invoices stop no order, for history without payments; default company",
            ("company", "off"),
        ),
        _may("grace_days", "number", "5", "days after the due date that do not count as overdue; default 0"),
        _may("single_order_max", "amount", "20000", "largest single order on account; empty: no limit"),
        _may("review_on", "day", "2026-12-31", "when the terms are to be reviewed"),
        _may("blacklisted", "text", "fraud", "reason; empty: it is not"),
        _may("on_hold", "text", "dispute", "reason; empty: it is not"),
    ),
    "products": (
        _needed("product_id", "id", "P-0815", "unique"),
        _needed("name", "text", "LED bulb 9 W", "as on invoices"),
        _may(
            "revision", "number", "1", "raise it when the entry has changed since the last import; default 1"
        ),
        _may("category", "text", "Lighting", "for product mix"),
        _CURRENCY,
        _may("unit_cost", "amount", "4.20", "what one costs you; needed for margins"),
        _may("list_price", "amount", "9.90", "price before discounts"),
    ),
    "orders": (
        _needed("order_id", "id", "SO-2001", "unique"),
        _needed("customer_id", "id", "C-1001", "in customers"),
        _needed("ordered_at", "moment", "2026-03-02 09:15:00", "a day alone means 9 o'clock"),
        _CURRENCY,
        _may("amount", "amount", "1234.50", "whole order with taxes; default: the sum of its lines"),
        _may("payment_method", "choice", "account", "default account", ("account", "prepaid", "cash")),
        _may("salesperson_id", "id", "S-07", "who took the order"),
        _may("promised_on", "day", "2026-03-05", "delivery date"),
        _may("shipped_at", "moment", "2026-03-04", "when all of it left; a day alone means 14 o'clock"),
        _may(
            "cancelled_at",
            "moment",
            "2026-03-03",
            "when what is not invoiced was given up; a day alone means 17 o'clock",
        ),
        _may("cancel_reason", "text", "out of stock", "free text"),
    ),
    "order_lines": (
        _needed("order_id", "id", "SO-2001", "in orders"),
        _needed("product_id", "id", "P-0815", "in products, if that file is there"),
        _needed("quantity", "quantity", "12", "up to three decimals"),
        _needed("unit_price", "amount", "9.50", "price of one after discounts"),
        _may("amount", "amount", "114.00", "of the line; default: quantity x unit_price, rounded"),
    ),
    "invoices": (
        _needed("invoice_id", "id", "IV-3001", "unique, credit notes included"),
        _needed("customer_id", "id", "C-1001", "in customers"),
        _needed(
            "issued_at", "moment", "2026-03-04", "a day alone means 15 o'clock, of credit notes 16 o'clock"
        ),
        _needed("amount", "amount", "1234.50", "with taxes; of a credit note too it is positive"),
        _may("kind", "choice", "invoice", "default invoice", ("invoice", "credit_note")),
        _may("order_id", "id", "SO-2001", "the order it is for"),
        _may("credits_invoice_id", "id", "IV-2990", "of a credit note: the invoice it corrects"),
        _may("due_on", "day", "2026-04-03", "default: issued_at plus the customer's term days"),
        _CURRENCY,
        _may("closes_order", "flag", "true", "nothing more will be invoiced for the order; default true"),
        _may("reason", "text", "damaged goods", "of a credit note"),
    ),
    "payments": (
        _needed("payment_id", "id", "PY-4001", "unique"),
        _needed("customer_id", "id", "C-1001", "in customers"),
        _needed("received_at", "moment", "2026-04-02", "a day alone means 11 o'clock"),
        _needed("amount", "amount", "1234.50", "what arrived"),
        _CURRENCY,
        _may("method", "text", "bank transfer", "free text"),
        _may("invoice_id", "id", "IV-3001", "the one invoice it pays; empty: the oldest due first"),
        _may(
            "allocations", "parts", "IV-3001=1000;IV-3002=234.50", "if it pays several: which with how much"
        ),
        _may("reversed_at", "moment", "2026-04-09", "when it bounced; a day alone means 18 o'clock"),
        _may("reversal_reason", "text", "no funds", "free text"),
    ),
}
"""File name without its ending to its columns. Only ``customers`` must be there."""

KEYS = {"customers": "customer_id", "products": "product_id", "orders": "order_id"} | {
    "invoices": "invoice_id",
    "payments": "payment_id",
}
"""The column that must be unique in a file."""


def markdown_table(name: str) -> str:
    """Return the table of a file's columns as ``docs/import-layout.md`` shows it."""
    lines = ["| column | type | required | example | meaning |", "| --- | --- | --- | --- | --- |"]
    for column in FILES[name]:
        kind = " / ".join(column.choices) if column.choices else column.kind
        needed = "yes" if column.required else ""
        lines.append(f"| `{column.name}` | {kind} | {needed} | `{column.example}` | {column.meaning} |")
    return "\n".join(lines)
