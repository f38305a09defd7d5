"""What goods cost, as of the sale."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.money import CURRENCY_DECIMALS, minor_units

_UNIT_COST_DECIMALS = 4


@dataclass(slots=True)
class Cost:
    """A product's cost per unit from ``valid_from`` on.

    Attributes:
        unit_cost_e4: ten-thousandths of the currency unit, because a unit may cost less than a minor unit.
        scale: divides quantity (thousandths) x unit cost (ten-thousandths) into minor units.
    """

    product_id: str
    currency: str
    valid_from: datetime
    revision: int
    unit_cost_e4: int
    scale: int

    @property
    def outranks(self) -> tuple[int, int]:
        """Of two costs from the same moment, the one with the greater value here holds."""
        return self.revision, self.unit_cost_e4


def check_currency(currency: str) -> None:
    """Raise ContractError for an unknown currency."""
    minor_units("0", currency)


def e4(amount: str) -> int:
    """Turn a wire amount, which has at most four decimals, into ten-thousandths of the currency unit."""
    whole, _, fraction = amount.partition(".")
    return int(whole + fraction.ljust(_UNIT_COST_DECIMALS, "0"))


def read_cost(product_id: str, currency: str, valid_from: datetime, revision: int, unit_cost: str) -> Cost:
    """Read the cost of a catalogue entry.

    Raises:
        ContractError: for an unknown currency.
    """
    check_currency(currency)
    scale = 1000 * 10 ** (_UNIT_COST_DECIMALS - CURRENCY_DECIMALS[currency])
    return Cost(product_id, currency, valid_from, revision, e4(unit_cost), scale)


def line_cost_minor(quantity_milli: int, cost: Cost) -> int:
    """Return what a quantity costs in minor units, half a unit rounded up (SQL repairs round the same way)."""
    return (quantity_milli * cost.unit_cost_e4 + cost.scale // 2) // cost.scale


def cost_at(history: Sequence[Cost], moment: datetime) -> Cost | None:
    """Return the cost in force at a moment; before the first one known, the first one stands in for it.

    Args:
        history: of one product and currency, by ``valid_from``; what is certainly not in force may be left out.
    """
    if not history:
        return None
    position = bisect_right(history, moment, key=lambda cost: cost.valid_from)
    return history[max(position - 1, 0)]
