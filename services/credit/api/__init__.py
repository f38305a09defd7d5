"""The HTTP side of credit control."""

from services.credit.api import (
    accounts,
    ageing,
    company,
    company_exposure,
    decisions,
    due_calendar,
    exposure,
    held_orders,
    payments,
    statement,
    terms,
)

# Addresses are matched in this order: "/accounts/{customer_id}" takes every id, with slashes too, so it comes last.
routers = (
    payments.router,
    terms.router,
    exposure.router,
    ageing.router,
    statement.router,
    accounts.router,
    held_orders.router,
    decisions.router,
    company.router,
    company_exposure.router,
    due_calendar.router,
)
"""All routes of this service, paths included."""
