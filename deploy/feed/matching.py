"""Which earlier order do returned goods belong to?"""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(slots=True)
class Returnable:
    """Goods of one order line that have not come back yet."""

    order_id: str
    quantity: int
    price_minor: int


class SoldGoods:
    """What each customer bought and may still return."""

    def __init__(self) -> None:
        self._goods: dict[tuple[str, str], list[Returnable]] = {}

    def add(self, customer_id: str, product_id: str, goods: Returnable) -> None:
        """Remember a sale."""
        self._goods.setdefault((customer_id, product_id), []).append(goods)

    def take(
        self, customer_id: str, product_id: str, quantity: int, price_minor: int
    ) -> Iterator[tuple[str | None, int]]:
        """Yield (order, quantity) for goods that come back at a price; order None for what no order explains.

        The latest sale at the same price comes first, then the latest at a higher price: a credit note never
        takes more from an invoice than the goods were sold for.
        """
        sales = self._goods.get((customer_id, product_id), [])
        same = [goods for goods in reversed(sales) if goods.price_minor == price_minor]
        dearer = [goods for goods in reversed(sales) if goods.price_minor > price_minor]
        for goods in same + dearer:
            taken = min(quantity, goods.quantity)
            if taken:
                goods.quantity -= taken
                quantity -= taken
                yield goods.order_id, taken
        if quantity:
            yield None, quantity
