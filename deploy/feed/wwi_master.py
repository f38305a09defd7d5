"""What Wide World Importers knows before it trades: products, customers, terms, salespeople."""

import re
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from contracts.envelope import Event
from contracts.events import EventData
from contracts.events.customers import Contact, CustomerAssigned, CustomerCreated
from contracts.events.products import ProductCreated
from contracts.events.staff import StaffEntered
from contracts.events.terms import TermsSet
from contracts.money import decimal_string
from deploy.feed.data_folder import table
from deploy.feed.source import Events, make, spread

CURRENCY = "USD"
# The company sits in the San Francisco Bay Area; the files hold local times without an offset.
ZONE = ZoneInfo("America/Los_Angeles")


def cents(column: str) -> pl.Expr:
    """A column of dollars as whole cents."""
    return (pl.col(column) * 100).round().cast(pl.Int64)


def money(amount_cents: int) -> str:
    """Cents in wire form."""
    return decimal_string(amount_cents, CURRENCY)


class MasterData:
    """Events about who and what there is. ``customers`` has the column ``account``: who holds the customer's."""

    def __init__(
        self, folder: Path | None, customers: pl.DataFrame, orders: pl.DataFrame, first_day: date
    ) -> None:
        self._folder = folder
        self._customers = customers
        self._orders = orders
        self.first_day = first_day

    def _table(self, name: str) -> pl.DataFrame:
        return table(f"wwi_{name}", self._folder)

    def products(self) -> Events:
        """The catalogue, on the first day."""
        at = spread(self.first_day, 0, 1, ZONE)
        groups = self._table("warehouse_stock_item_groups").with_columns(
            pl.len().over("StockGroupName").alias("n")
        )
        # An item is in up to three groups; the smallest says most about it.
        category = groups.sort("n", "StockGroupName").group_by("StockItemID", maintain_order=True).first()
        items = (
            self._table("warehouse_stock_items")
            .join(self._table("warehouse_stock_item_cost"), on="StockItemID")
            .join(category, on="StockItemID", how="left")
            .with_columns(cents("UnitPrice").alias("price"), cents("LastCostPrice").alias("cost"))
        )
        for row in items.sort("StockItemID").iter_rows(named=True):
            body = ProductCreated(
                product_id=f"wwi-{row['StockItemID']}",
                name=row["StockItemName"],
                category=row["StockGroupName"] or "",
                currency=CURRENCY,
                unit_cost=money(row["cost"]),
                list_price=money(row["price"]),
            )
            yield make(body, f"wwi-product-{row['StockItemID']}", at, "wwi", key=body.product_id)

    def staff(self) -> Events:
        """Those who sell, by number: the file has no names of them."""
        opened: date = self._customers["AccountOpenedDate"].dt.date().min()  # type: ignore[assignment]
        day = min(self.first_day, opened)
        at = spread(day, 0, 1, ZONE)
        for number in self._orders["SalespersonPersonID"].unique().sort():
            body = StaffEntered(
                salesperson_id=f"wwi-s{number}", name=f"Salesperson {number}", active_from=day
            )
            yield make(body, f"wwi-staff-{number}", at, "wwi", key=body.salesperson_id)

    def cards(self) -> Events:
        """The customers, on the day their account was opened."""
        categories = self._table("sales_customer_categories")
        rows = self._customers.join(categories, on="CustomerCategoryID").sort(
            "AccountOpenedDate", "CustomerID"
        )
        for row in rows.iter_rows(named=True):
            place = re.search(r"\((.+), ([A-Z]{2})\)$", row["CustomerName"])
            billed_elsewhere = row["BillToCustomerID"] != row["CustomerID"]
            body = CustomerCreated(
                customer_id=f"wwi-{row['CustomerID']}",
                name=row["CustomerName"],
                region=place[2] if place else "",
                category=row["CustomerCategoryName"],
                business_form="chain" if row["BuyingGroupID"] else "independent",
                tags=[f"bill-to:wwi-{row['BillToCustomerID']}"] if billed_elsewhere else [],
                contacts=[Contact(name=f"Contact {row['PrimaryContactPersonID']}", phone=row["PhoneNumber"])],
            )
            yield self._about(body, "created", row, 2)

    def terms(self) -> Events:
        """Limit and payment days of those who hold an account."""
        limit = cents("CreditLimit").alias("limit")
        accounts = self._customers.filter(pl.col("account") == pl.col("CustomerID")).with_columns(limit)
        for row in accounts.sort("AccountOpenedDate", "CustomerID").iter_rows(named=True):
            body = TermsSet(
                customer_id=f"wwi-{row['CustomerID']}",
                currency=CURRENCY,
                term_days=row["PaymentDays"],
                limit=None if row["limit"] is None else money(row["limit"]),
            )
            yield self._about(body, "terms", row, 3)

    def assignments(self) -> Events:
        """The file knows no owner of a customer; the salesperson of the first order becomes it."""
        first = self._orders.sort("OrderID").group_by("CustomerID", maintain_order=True).first()
        rows = self._customers.join(first.select("CustomerID", "SalespersonPersonID"), on="CustomerID")
        for row in rows.sort("AccountOpenedDate", "CustomerID").iter_rows(named=True):
            body = CustomerAssigned(
                customer_id=f"wwi-{row['CustomerID']}",
                salesperson_id=f"wwi-s{row['SalespersonPersonID']}",
                from_day=row["AccountOpenedDate"].date(),
            )
            yield self._about(body, "assigned", row, 4)

    def _about(self, body: EventData, what: str, row: dict[str, Any], second: int) -> Event[Any]:
        at = spread(row["AccountOpenedDate"].date(), 0, second, ZONE)
        return make(body, f"wwi-{row['CustomerID']}-{what}", at, "wwi")
