"""How the simulated business learns what the credit service decided."""

from typing import Literal, Protocol

Answer = Literal["approved", "held", "rejected"] | None


class Decisions(Protocol):
    """Answers what became of an order.

    It is asked at six in the morning of each day on which an order could be shipped, when every event of the
    day before has been handed out. "released" counts as approved; None means that nothing has been decided
    yet.
    """

    def __call__(self, order_id: str) -> Answer:
        """Return the effective decision on the order."""
        ...


def approve_all(order_id: str) -> Answer:
    """Open loop: the business runs as if every order were approved."""
    del order_id
    return "approved"
