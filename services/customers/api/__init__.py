"""The HTTP side of the customer archive."""

from services.customers.api import (
    access_audit,
    accounts,
    archive,
    changes,
    conversion,
    follow_up_steps,
    follow_ups,
    grading_policy,
    handover,
    keys,
    prospects,
    relations,
    satisfaction,
    sessions,
    setup,
    several,
    staff,
    task_policy,
)

routers = (
    archive.router,
    relations.router,
    staff.router,
    handover.router,
    follow_ups.router,
    follow_up_steps.router,
    satisfaction.router,
    prospects.router,
    conversion.router,
    grading_policy.router,
    changes.router,
    sessions.router,
    access_audit.router,
    setup.router,
    keys.router,
    accounts.router,
    task_policy.router,
    several.router,
)
"""All routes of this service, paths included."""
