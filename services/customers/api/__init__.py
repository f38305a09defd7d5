"""The HTTP side of the customer archive."""

from services.customers.api import archive, relations

routers = (archive.router, relations.router)
"""All routes of this service, paths included."""
