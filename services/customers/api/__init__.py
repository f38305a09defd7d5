"""The HTTP side of the customer archive."""

from services.customers.api import archive, changes, relations, staff

routers = (archive.router, relations.router, staff.router, changes.router)
"""All routes of this service, paths included."""
