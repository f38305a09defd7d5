"""Whose documents the routes show."""

from services.kit.http.scope import of_document
from services.orders.tables import orders

OF_ORDER = of_document("order_id", "order", orders)
