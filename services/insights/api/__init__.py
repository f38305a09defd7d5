"""The HTTP side of insights."""

from services.insights.api import months

routers = (months.router,)
"""All routes of this service, paths included."""
