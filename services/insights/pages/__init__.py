"""The console's pages of insights, below ``/console/insights/``."""

from services.insights.pages import (
    alert,
    alert_actions,
    alerts,
    customer,
    dormant,
    expected,
    forecasts,
    revival,
    today,
)

routers = (
    today.router,
    alert.router,
    alert_actions.router,
    alerts.router,
    customer.router,
    dormant.router,
    expected.router,
    forecasts.router,
    revival.router,
)
"""All of them; addresses that take an id come after those that take none."""
