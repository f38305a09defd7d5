"""The console's pages of credit control, below ``/console/credit/``."""

from services.credit.pages import (
    calendar,
    calls,
    ceilings,
    customer,
    due,
    held,
    held_actions,
    held_order,
    owed,
    policy,
    receivables,
    risk_rules,
)

routers = (
    held.router,
    held_actions.router,
    held_order.router,
    calls.router,
    customer.router,
    due.router,
    owed.router,
    policy.router,
    receivables.router,
    calendar.router,
    risk_rules.router,
    ceilings.router,
)
"""All of them; addresses that take an id come after those that take none."""
