"""The HTTP side of credit control."""

from services.credit.api import (
    accounts,
    approvals,
    cases,
    ceilings,
    company,
    decisions,
    exposure,
    held_orders,
    limits,
    payments,
    terms,
)

# Addresses are matched in this order: "/accounts/{customer_id}" takes every id, with slashes too, so it comes last.
routers = (
    payments.router,
    terms.router,
    exposure.router,
    accounts.router,
    approvals.router,
    ceilings.router,
    limits.router,
    cases.router,
    held_orders.router,
    decisions.router,
    company.router,
)
"""All routes of this service, paths included."""
