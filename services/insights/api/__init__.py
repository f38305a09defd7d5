"""The HTTP side of insights."""

from services.insights.api import months, segment_policies, segments

routers = (months.router, segment_policies.router, segments.router)
"""All routes of this service, paths included."""
