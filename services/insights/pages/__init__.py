"""The console's pages of insights, below ``/console/insights/``."""

from services.insights.pages import customer, today

routers = (today.router, customer.router)
"""All of them; addresses that take an id come after those that take none."""
