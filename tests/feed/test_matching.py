"""Returned goods are never matched to more than was sold."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from deploy.feed.matching import Returnable, SoldGoods

sales = st.lists(st.tuples(st.integers(1, 50), st.integers(1, 5)), max_size=8)


@given(sales, st.lists(st.tuples(st.integers(1, 80), st.integers(1, 5)), max_size=8))
def test_nothing_is_invented_and_nothing_lost(
    sold: list[tuple[int, int]], returned: list[tuple[int, int]]
) -> None:
    goods = SoldGoods()
    quantity, price = {}, {}
    for number, (pieces, each) in enumerate(sold):
        order = f"O{number}"
        quantity[order], price[order] = pieces, each
        goods.add("C1", "P1", Returnable(order, pieces, each))
    taken: Counter[str] = Counter()
    for pieces, each in returned:
        parts = list(goods.take("C1", "P1", pieces, each))
        assert sum(part for _, part in parts) == pieces
        for order_id, part in parts:
            if order_id is not None:
                taken[order_id] += part
                assert price[order_id] >= each
    assert all(taken[order] <= quantity[order] for order in quantity)


def test_the_latest_sale_at_the_same_price_comes_first() -> None:
    goods = SoldGoods()
    for order_id, each in (("old", 100), ("new", 100), ("dear", 120)):
        goods.add("C1", "P1", Returnable(order_id, 5, each))
    assert list(goods.take("C1", "P1", 12, 100)) == [("new", 5), ("old", 5), ("dear", 2)]
    assert list(goods.take("C1", "P1", 4, 130)) == [(None, 4)]
    assert list(goods.take("C2", "P1", 1, 100)) == [(None, 1)]
