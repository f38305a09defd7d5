"""The tables are those that the migrations make, and those that the rules fill."""

from dataclasses import fields
from typing import Any

import pytest

from services.insights import tables
from services.insights.all_tables import metadata
from services.insights.rules.costs import Cost
from services.insights.rules.customers import Assignment, Customer, Product
from services.insights.rules.documents import Invoice, Order, Payment, Return
from services.insights.rules.facts import MonthKey, MonthNumbers, ProductKey, ProductNumbers, SalesKey
from services.insights.rules.lines import Line
from services.insights.rules.receivables import Receivable
from services.kit.migrate import schema_differences


async def test_tables_are_as_migrated(insights_dsn: str) -> None:
    assert await schema_differences(insights_dsn, "insights", metadata) == []


@pytest.mark.parametrize(
    ("table", "cls", "leading", "trailing"),
    [
        (tables.customers, Customer, 0, 3),
        (tables.customer_owners, Assignment, 0, 0),
        (tables.products, Product, 0, 0),
        (tables.product_costs, Cost, 0, 0),
        (tables.orders, Order, 0, 0),
        (tables.returns, Return, 0, 0),
        (tables.invoices, Invoice, 0, 0),
        (tables.payments, Payment, 0, 0),
        (tables.receivables, Receivable, 0, 0),
    ],
)
def test_rows_are_as_the_rules_have_them(table: Any, cls: type[Any], leading: int, trailing: int) -> None:
    columns = [column.name for column in table.columns]
    names = [field.name for field in fields(cls)]
    if cls is Assignment:
        assert set(names) == set(columns)
    else:
        assert columns[leading : len(columns) - trailing] == names


def test_lines_are_as_the_rules_have_them() -> None:
    columns = {column.name for column in tables.lines.columns}
    assert columns == {"customer_id", "document_id", *(field.name for field in fields(Line))}


def test_facts_are_key_and_numbers() -> None:
    def names(table: Any) -> tuple[str, ...]:
        return tuple(column.name for column in table.columns)

    assert names(tables.customer_months) == (*MonthKey._fields, *MonthNumbers._fields, "distinct_products")
    assert names(tables.salesperson_months) == SalesKey._fields + MonthNumbers._fields
    assert names(tables.product_months) == ProductKey._fields + ProductNumbers._fields
