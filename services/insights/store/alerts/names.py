"""What those are called whom alerts are about: customers, salespeople and prospects."""

from sqlalchemy import ColumnElement, case, select

from services.insights.tables import customers
from services.insights.tables_alerts import alerts, prospects
from services.insights.tables_dormancy import salespeople

NAME_OF = """
CASE a.subject_type
    WHEN 'customer' THEN (SELECT name FROM customers WHERE customer_id = a.customer_id)
    WHEN 'prospect' THEN (SELECT name FROM prospects WHERE prospect_id = a.customer_id)
    ELSE (SELECT name FROM salespeople WHERE salesperson_id = a.customer_id) END
"""
"""The name of whom a row ``a`` of ``alerts`` is about, in SQL; null: it is not known."""


def name_of() -> ColumnElement[str]:
    """Return the same for SQLAlchemy."""
    of_customer = select(customers.c.name).where(customers.c.customer_id == alerts.c.customer_id)
    of_prospect = select(prospects.c.name).where(prospects.c.prospect_id == alerts.c.customer_id)
    of_person = select(salespeople.c.name).where(salespeople.c.salesperson_id == alerts.c.customer_id)
    return case(
        (alerts.c.subject_type == "customer", of_customer.correlate(alerts).scalar_subquery()),
        (alerts.c.subject_type == "prospect", of_prospect.correlate(alerts).scalar_subquery()),
        else_=of_person.correlate(alerts).scalar_subquery(),
    )
