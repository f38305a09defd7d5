"""The goods of the simulated business, and what a customer puts into one order."""

from dataclasses import dataclass
from math import exp, log
from random import Random

from deploy.feed.parameters import Assortment, Basket
from deploy.feed.simulator.names import product_names

MAX_PRICE = 1_900.0
MAX_QUANTITY = 500
USUAL_PRODUCTS = 20


@dataclass(frozen=True, slots=True)
class Product:
    """One product. Prices in minor units; ``popularity`` is a weight, ``usual_quantity_log`` the log of a line's."""

    product_id: str
    name: str
    category: str
    price_minor: int
    cost_minor: int
    popularity: float
    usual_quantity_log: float


@dataclass(frozen=True, slots=True)
class Item:
    """One line of an order."""

    product: Product
    quantity: int

    @property
    def amount_minor(self) -> int:
        """What the customer pays for the line."""
        return self.product.price_minor * self.quantity


@dataclass(frozen=True, slots=True)
class Taste:
    """What a customer usually buys, and how much of it compared to others."""

    products: tuple[Product, ...]
    weights: tuple[float, ...]
    size: float


class Catalogue:
    """All products, and the baskets made from them."""

    def __init__(
        self,
        random: Random,
        count: int,
        assortment: Assortment,
        basket: Basket,
        price_level: float,
        prefix: str,
    ) -> None:
        self._basket = basket
        self.products: list[Product] = []
        for number, (name, category) in enumerate(product_names(random, count), start=1):
            price = min(
                exp(random.normalvariate(assortment.price_log_mean, assortment.price_log_sd)), MAX_PRICE
            )
            margin = min(max(random.normalvariate(assortment.margin_mean, assortment.margin_sd), 0.02), 0.9)
            # Prices end in a full ten cents, as on price lists.
            price_minor = max(round(price * price_level * 10), 1) * 10
            self.products.append(
                Product(
                    product_id=f"{prefix}-P{number:04d}",
                    name=name,
                    category=category,
                    price_minor=price_minor,
                    cost_minor=max(round(price_minor * (1 - margin)), 1),
                    popularity=exp(random.normalvariate(0, assortment.popularity_log_sd)),
                    usual_quantity_log=basket.quantity_log_at_price_1
                    + basket.quantity_log_per_log_price * log(price),
                )
            )

    def taste(self, random: Random) -> Taste:
        """What a customer buys: some of the goods, popular ones more likely, each as often as it likes, in its size.

        The choice is so small, and what is popular bought so little more often by those who buy it, that the measured
        share of the best-selling fifth comes out over all customers.
        """
        # Each product gets a race time that is shorter the more popular it is; the first ones are chosen.
        ranked = sorted(self.products, key=lambda product: random.expovariate(product.popularity))
        chosen = tuple(ranked[:USUAL_PRODUCTS])
        weights = tuple(product.popularity**0.3 * exp(random.normalvariate(0, 1)) for product in chosen)
        spread = self._basket.size_log_sd_between
        size = exp(random.normalvariate(-(spread**2) / 2, spread))
        return Taste(chosen, weights, size)

    def basket(self, taste: Taste, random: Random) -> list[Item]:
        """The lines of one order, no product twice."""
        lines = random.choices(range(1, len(self._basket.lines_share) + 1), self._basket.lines_share)[0]
        products: dict[str, Product] = {}
        while len(products) < min(lines, len(taste.products)):
            product = random.choices(taste.products, taste.weights)[0]
            products[product.product_id] = product
        return [Item(product, self._quantity(product, taste.size, random)) for product in products.values()]

    def _quantity(self, product: Product, size: float, random: Random) -> int:
        usual = random.normalvariate(product.usual_quantity_log, self._basket.quantity_log_sd)
        return min(max(round(exp(usual) * size), 1), MAX_QUANTITY)


def amount_of(items: list[Item]) -> int:
    """Sum of the lines in minor units."""
    return sum(item.amount_minor for item in items)
