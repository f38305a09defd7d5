"""What callers get. Amounts are decimal strings in the currency beside them, quantities decimal strings."""

from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import Row

from contracts.money import decimal_string, quantity_string


class _Sold(BaseModel):
    month: str = Field(description='such as "2026-03"')
    currency: str
    orders: int = Field(description="orders that count: neither held nor dropped")
    amount: str
    quantity: str
    costed_amount: str = Field(description="amount of the lines whose cost is known")
    cost: str = Field(description="of those lines, as of the sale")
    profit: str | None = Field(description="costed_amount - cost; null: no cost is known")
    returned_amount: str
    returned_quantity: str
    returned_profit: str | None = Field(description="profit that returns took back; null: no cost is known")


class _Month(_Sold):
    held_orders: int = Field(description="orders that credit holds; they do not count in orders")
    held_amount: str
    payments: int
    received: str = Field(description="payments of this month")
    reversed: str = Field(description="payments taken back this month")
    collected: str = Field(description="received - reversed")
    returns: int


class CustomerMonth(_Month):
    """What a customer did in a month."""

    distinct_products: int


class CompanyMonth(_Month):
    """What all customers, or those asked for, did in a month."""

    customers: int = Field(description="customers with an order that counts")


class ProductMonth(_Sold):
    """What was sold of a product in a month; amounts are those of the lines."""

    customers: int = Field(description="customers that ordered it")


def customer_month(row: Row[Any]) -> CustomerMonth:
    """Return one month of a customer."""
    return CustomerMonth(**_month(row), distinct_products=row.distinct_products)


def company_month(row: Row[Any]) -> CompanyMonth:
    """Return one month of the company."""
    return CompanyMonth(**_month(row), customers=row.customers)


def product_month(row: Row[Any]) -> ProductMonth:
    """Return one month of a product."""
    return ProductMonth(**_sold(row), customers=row.customers)


def _sold(row: Row[Any]) -> dict[str, Any]:
    def money(minor: int) -> str:
        return decimal_string(minor, row.currency)

    back = row.returned_costed_minor - row.returned_cost_minor
    return {
        "month": f"{row.month:%Y-%m}",
        "currency": row.currency,
        "orders": row.orders,
        "amount": money(row.amount_minor),
        "quantity": quantity_string(row.quantity_milli),
        "costed_amount": money(row.costed_minor),
        "cost": money(row.cost_minor),
        "profit": money(row.costed_minor - row.cost_minor) if row.costed_minor or row.cost_minor else None,
        "returned_amount": money(row.returned_minor),
        "returned_quantity": quantity_string(row.returned_quantity_milli),
        "returned_profit": money(back) if row.returned_costed_minor or row.returned_cost_minor else None,
    }


def _month(row: Row[Any]) -> dict[str, Any]:
    def money(minor: int) -> str:
        return decimal_string(minor, row.currency)

    return _sold(row) | {
        "held_orders": row.held_orders,
        "held_amount": money(row.held_minor),
        "payments": row.payments,
        "received": money(row.collected_minor),
        "reversed": money(row.reversed_minor),
        "collected": money(row.collected_minor - row.reversed_minor),
        "returns": row.returns,
    }
