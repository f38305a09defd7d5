"""The console's pages of the customer archive, below ``/console/customers/``."""

from services.customers.pages import finding, login

routers = (finding.router, login.router)
"""All of them; addresses that take an id come after those that take none."""
