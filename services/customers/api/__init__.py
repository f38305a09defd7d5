"""The HTTP side of the customer archive."""

from services.customers.api import (
    archive,
    changes,
    follow_up_steps,
    follow_ups,
    handover,
    relations,
    satisfaction,
    staff,
)

routers = (
    archive.router,
    relations.router,
    staff.router,
    handover.router,
    follow_ups.router,
    follow_up_steps.router,
    satisfaction.router,
    changes.router,
)
"""All routes of this service, paths included."""
