"""The console's pages of the customer archive, below ``/console/customers/``."""

from services.customers.pages import (
    access_audit,
    card,
    card_actions,
    finding,
    follow_up_actions,
    follow_ups,
    keys,
    listed,
    login,
    oidc,
    people,
    people_actions,
    prospect_actions,
    prospects,
    setup,
    today,
)

routers = (
    finding.router,
    login.router,
    setup.router,
    oidc.router,
    access_audit.router,
    keys.router,
    people_actions.router,
    people.router,
    card_actions.router,
    follow_up_actions.router,
    follow_ups.router,
    listed.router,
    prospect_actions.router,
    prospects.router,
    today.router,
    card.router,
)
"""All of them; addresses that take an id come after those that take none."""
