"""The orders service: what makes it one, and nothing else."""

from services.kit.http.app import create_app
from services.kit.runtime import Service
from services.orders.api import routers
from services.orders.processor import OrderProcessor, listen_for_decisions
from services.orders.tables import customer_owners
from services.orders.undecided import watch_undecided

service = Service(
    name="orders",
    title="Orders and catalogue",
    paths=("orders", "products"),
    processor=lambda _: OrderProcessor(),
    routers=routers,
    owners=customer_owners,
    background=(listen_for_decisions, watch_undecided),
)
app = create_app(service)
