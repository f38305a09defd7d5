"""How much of a usual product a customer's next order will hold.

Per customer and product, on order occasions: the chance that an order holds it is beta-binomial (Skellam, J. Royal
Statistical Society B 10, 1948): the orders since the first that held it are the trials, and a prior fitted on all
customers and products says how likely a first purchase is to come again at all. The expectation is that chance times
the mean quantity when bought. Time is counted in the customer's own orders, so nothing has to be touched when an order
does not hold a product: O(1) per order line, and a cancelled line is taken off again exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import betaln

WORTHS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)
LEAST_TRIALS = 200


@dataclass(frozen=True, slots=True)
class Usual:
    """A customer's purchases of a product.

    Attributes:
        times: orders that held it, at least 1.
        quantity: sum over them, in the product's unit.
        orders_before: the customer's orders before the first that held it.
    """

    times: int
    quantity: float
    orders_before: int


@dataclass(frozen=True, slots=True)
class Repeating:
    """Prior of all: the chance that an order holds a product bought before, and what it is worth in orders."""

    chance: float
    worth: float


DEFAULT = Repeating(chance=0.1, worth=2.0)


def bought(usual: Usual | None, orders_before: int, quantity: float) -> Usual:
    """Return the purchases after an order of ``quantity``; ``orders_before``: the customer's orders before it."""
    if usual is None:
        return Usual(1, quantity, orders_before)
    return Usual(usual.times + 1, usual.quantity + quantity, usual.orders_before)


def cancelled(usual: Usual, quantity: float) -> Usual | None:
    """Return the purchases without an order that held ``quantity``; None when it was the only one."""
    if usual.times == 1:
        return None
    return Usual(usual.times - 1, usual.quantity - quantity, usual.orders_before)


def chance(usual: Usual, orders: int, prior: Repeating) -> float:
    """Return the chance, 0 to 1, that the next order holds the product; ``orders``: the customer's so far."""
    trials = max(orders - usual.orders_before - 1, usual.times - 1)
    return (prior.worth * prior.chance + usual.times - 1) / (prior.worth + trials)


def expected(usual: Usual, orders: int, prior: Repeating) -> float:
    """Return the expected quantity in the next order: what to have in stock, summed over customers."""
    return chance(usual, orders, prior) * usual.quantity / usual.times


def fit(pairs: Sequence[tuple[int, int]]) -> Repeating:
    """Return the prior from a sample of customers and products, by maximum likelihood on a grid.

    Each pair is (orders that held the product, orders from the first of these on): the first of them is no trial.
    """
    data = np.array(pairs, np.float64).reshape(-1, 2) - 1
    again, trials = data[data[:, 1] > 0].T
    if trials.sum() < LEAST_TRIALS:
        return DEFAULT
    share = min(max(float(again.sum() / trials.sum()), 1e-4), 1 - 1e-4)

    def likelihood(worth: float) -> float:
        a, b = worth * share, worth * (1 - share)
        return float((betaln(a + again, b + trials - again) - betaln(a, b)).sum())

    return Repeating(round(share, 6), max(WORTHS, key=likelihood))
