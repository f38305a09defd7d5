"""The HTTP side of the order book."""

from services.orders.api import documents, intake, listing, products

routers = (intake.router, listing.router, documents.router, products.router)
"""All routes of this service, paths included."""
