"""The console's pages of credit control, below ``/console/credit/``."""

from services.credit.pages import customer, held, held_actions, held_order

routers = (held.router, held_actions.router, held_order.router, customer.router)
"""All of them; addresses that take an id come after those that take none."""
