"""The HTTP side of credit control."""

from services.credit.api import (
    accounts,
    back_tests,
    company,
    decisions,
    exposure,
    held_orders,
    payments,
    policies,
    terms,
)

# Addresses are matched in this order: "/accounts/{customer_id}" takes every id, with slashes too, so it comes last.
routers = (
    payments.router,
    terms.router,
    exposure.router,
    accounts.router,
    held_orders.router,
    decisions.router,
    back_tests.router,
    policies.router,
    company.router,
)
"""All routes of this service, paths included."""
