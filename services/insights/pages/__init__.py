"""The console's pages of insights, below ``/console/insights/``."""

from services.insights.pages import (
    alert,
    alert_actions,
    alerts,
    commission,
    comparisons,
    customer,
    dormant,
    expected,
    forecasts,
    mix,
    revival,
    ruled,
    salespeople,
    salesperson,
    stopped,
    today,
    told,
    told_actions,
)

routers = (
    today.router,
    alerts.router,
    alert.router,
    alert_actions.router,
    revival.router,
    dormant.router,
    expected.router,
    forecasts.router,
    mix.router,
    stopped.router,
    salespeople.router,
    commission.router,
    salesperson.router,
    customer.router,
    told.router,
    told_actions.router,
    ruled.router,
    comparisons.router,
)
"""All of them; addresses that take an id come after those that take none."""
