"""What a service needs that has a process of its own: the way to who knows the people and keys."""

from services.kit.errors import FatalError
from services.kit.http.auth import SHORTEST_KEY
from services.kit.runtime import Service
from services.kit.settings import Settings


def check_apart(service: Service, settings: Settings) -> None:
    """Refuse to start a service that would know nobody, or whom nobody could ask.

    Raises:
        FatalError: naming the variable; the message holds no secret.
    """
    if settings.allow_anonymous:
        return
    if service.sessions is None and not settings.customers_url:
        raise FatalError(
            "TALLYMAN_CUSTOMERS_URL must be set: a service with a process of its own asks the customers service "
            "there who is calling, such as http://customers:8000"
        )
    key = settings.customers_key.get_secret_value()
    if len(key) < SHORTEST_KEY or not key.isascii() or not key.isprintable() or " " in key:
        raise FatalError(
            f"TALLYMAN_CUSTOMERS_KEY must be set, to at least {SHORTEST_KEY} visible ASCII characters and to the same "
            "for every service: with it they ask the customers service who is calling"
        )
