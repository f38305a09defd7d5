"""The HTTP side of credit control."""

from services.credit.api import (
    accounts,
    ageing,
    approvals,
    behaviour,
    cases,
    ceilings,
    company,
    decisions,
    due_calendar,
    exposure,
    held_orders,
    limits,
    payments,
    risk,
    risk_policy,
    risk_rulings,
    statement,
    terms,
    worklist,
    write_offs,
)

# Addresses are matched in this order: "/accounts/{customer_id}" takes every id, with slashes too, so it comes last.
routers = (
    payments.router,
    terms.router,
    write_offs.router,
    exposure.router,
    ageing.router,
    statement.router,
    behaviour.router,
    risk_rulings.router,
    risk.router,
    accounts.router,
    approvals.router,
    ceilings.router,
    limits.router,
    cases.router,
    held_orders.router,
    decisions.router,
    company.router,
    due_calendar.router,
    risk_policy.router,
    worklist.router,
)
"""All routes of this service, paths included."""
