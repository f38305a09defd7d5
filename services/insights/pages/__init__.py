"""The console's pages of insights, below ``/console/insights/``."""

from services.insights.pages import today

routers = (today.router,)
"""All of them; addresses that take an id come after those that take none."""
