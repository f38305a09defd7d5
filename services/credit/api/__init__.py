"""The HTTP side of credit control."""

from services.credit.api import (
    accounts,
    behaviour,
    company,
    decisions,
    exposure,
    held_orders,
    payments,
    risk,
    risk_policy,
    risk_rulings,
    terms,
    worklist,
)

# Addresses are matched in this order: "/accounts/{customer_id}" takes every id, with slashes too, so it comes last.
routers = (
    payments.router,
    terms.router,
    exposure.router,
    behaviour.router,
    risk_rulings.router,
    risk.router,
    accounts.router,
    held_orders.router,
    decisions.router,
    company.router,
    risk_policy.router,
    worklist.router,
)
"""All routes of this service, paths included."""
