"""What the tests allow."""

from services.insights.delivery.allowed import Allowed
from services.kit.settings import Settings
from tests.services.insights.delivery.outside import Outside

INSIDE = "127.0.0.0/8"


def allowed(server: Outside | None = None, hosts: str = "", networks: str = INSIDE) -> Allowed:
    settings = {
        "database_url": "postgresql://u@h/d",
        "delivery_hosts": hosts,
        "delivery_origins": server.stand_ins if server else "",
        "delivery_networks": networks,
    }
    return Allowed.by(Settings.model_validate(settings))
