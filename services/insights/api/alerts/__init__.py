"""The HTTP side of alerts."""

from services.insights.api.alerts import (
    actions,
    channels,
    deliveries,
    inbox,
    recipients,
    settings,
    stream,
    trying,
)

# In this order: an alert's id may look like anything.
routers = (
    stream.router,
    settings.router,
    inbox.router,
    actions.router,
    recipients.router,
    channels.router,
    trying.router,
    deliveries.router,
)
"""Their routes."""
