"""The forecast on customers who pay in ways that the real file does not have: nothing in it was tuned to one file."""

import math
from collections.abc import Callable
from random import Random

import pytest

from tests.accuracy.payments import MODEL, Invoice, measure

Late = Callable[[Random, float, float, int], float]

PROCESSES: dict[str, Late] = {
    "late by factors": lambda chance, a, b, day: math.exp(1.5 + 0.8 * a + 0.7 * chance.gauss(0, 1)) - 2,
    "with wild outliers": lambda chance, a, b, day: (
        3 + 5 * a + 6 * chance.gauss(0, 1) / max(0.15, abs(chance.gauss(0, 1)))
    ),
    "now and then disputed": lambda chance, a, b, day: (
        2 + 6 * a + (chance.gauss(40, 10) if chance.random() < 0.15 else chance.gauss(0, 3))
    ),
    "slowly changing": lambda chance, a, b, day: 5 + 8 * a + day / 50 * b + 5 * chance.gauss(0, 1),
    "some regular, some not": lambda chance, a, b, day: (
        5 + 6 * a + 5 * math.exp(0.6 * b) * chance.gauss(0, 1)
    ),
    "all customers alike": lambda chance, a, b, day: 4 + 10 * chance.gauss(0, 1),
}


def made_up(late: Late, customers: int, days_between: int) -> list[Invoice]:
    chance = Random(1)
    invoices = []
    for number in range(customers):
        a, b = chance.gauss(0, 1), chance.gauss(0, 1)
        day = chance.randrange(60)
        while day < 700:
            issued = 700_000 + day
            due = issued + 30
            settled = max(issued, due + round(late(chance, a, b, day)))
            invoices.append(Invoice(f"C-{number}", issued, due, settled))
            day += max(1, round(chance.expovariate(1 / days_between)))
    return invoices


@pytest.mark.parametrize("process", PROCESSES)
@pytest.mark.parametrize(("customers", "days_between"), [(60, 25), (300, 150)], ids=["many each", "few each"])
def test_it_holds_however_customers_pay(process: str, customers: int, days_between: int) -> None:
    invoices = made_up(PROCESSES[process], customers, days_between)
    for kind in ("when issued", "while open"):
        scores = measure(invoices, kind)
        model, naive = scores[MODEL], scores["due + own average"]
        assert 0.73 <= model.coverage <= 0.87, (kind, model.coverage)
        assert model.mean_absolute < 1.01 * naive.mean_absolute, (kind, model.mean_absolute)
    assert model.mean_absolute < 0.95 * naive.mean_absolute, (model.mean_absolute, naive.mean_absolute)
