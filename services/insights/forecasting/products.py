"""How much of a usual product a customer's next order will hold.

TSB (Teunter, Syntetos & Babai, European J. of Operational Research 214, 2011) on order occasions: per customer and
product the chance that an order holds it, and the quantity when it does, each smoothed exponentially; their product is
the expectation. Time is counted in the customer's own orders, so nothing has to be touched when an order does not hold
a product: the chance decays by the orders since, in closed form, when it is read or next updated. O(1) per order line.

The chance begins with what a first purchase says of the next order (:data:`FIRST_CHANCE`), not with certainty.
"""

from dataclasses import dataclass

CHANCE_STEP = 0.15
QUANTITY_STEP = 0.3
FIRST_CHANCE = 0.25


@dataclass(frozen=True, slots=True)
class Usual:
    """A customer's demand for a product.

    Attributes:
        chance: that an order holds it, as of order number ``order``.
        quantity: expected when an order holds it, in the product's unit.
        order: number of the customer's last order that held it; the customer's first order is number 1.
    """

    chance: float
    quantity: float
    order: int


def bought(usual: Usual | None, order: int, quantity: float) -> Usual:
    """Return the demand after order number ``order`` held ``quantity`` of the product.

    Raises:
        ValueError: orders are numbered upwards, and a later one is known already.
    """
    if usual is None:
        return Usual(FIRST_CHANCE, quantity, order)
    if order <= usual.order:
        raise ValueError(f"order {order} is not after order {usual.order}")
    before = chance_at(usual, order)
    return Usual(
        before + CHANCE_STEP * (1 - before),
        usual.quantity + QUANTITY_STEP * (quantity - usual.quantity),
        order,
    )


def chance_at(usual: Usual, order: int) -> float:
    """Return the chance, 0 to 1, that order number ``order`` (after ``usual.order``) holds the product."""
    return float(usual.chance * (1 - CHANCE_STEP) ** (order - usual.order - 1))


def expected(usual: Usual, order: int) -> float:
    """Return the expected quantity in order number ``order``: what to have in stock, summed over customers."""
    return chance_at(usual, order) * usual.quantity
