"""The console's pages of the customer archive, below ``/console/customers/``."""

from services.customers.pages import card, card_actions, finding, follow_up_actions, follow_ups, listed, login

routers = (
    finding.router,
    login.router,
    listed.router,
    follow_ups.router,
    follow_up_actions.router,
    card_actions.router,
    card.router,
)
"""All of them; addresses that take an id come after those that take none."""
