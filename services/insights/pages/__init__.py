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
    alerts.router,
    alert.router,
    alert_actions.router,
    revival.router,
    dormant.router,
    expected.router,
    forecasts.router,
    customer.router,
)
"""All of them; addresses that take an id come after those that take none."""
