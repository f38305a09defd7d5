"""Which margin tier a product is in, and what commission its tier earns: data, in versions that hold from a day on."""

from decimal import Decimal
from itertools import pairwise
from typing import Annotated

import msgspec

Boundary = Annotated[str, msgspec.Meta(pattern=r"^-?(0|[1-9][0-9]{0,2})(\.[0-9]{1,2})?$")]
Rate = Annotated[str, msgspec.Meta(pattern=r"^(0|[1-9][0-9]?|100)(\.[0-9]{1,4})?$")]
PPM_OF_PERCENT = 10_000
MOST_TIERS = 9


class MarginTier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tier: margins in percent from ``from_percent`` on (None: everything below the tier before).

    ``commission_percent`` of the amount collected for its products is earned; decimal strings both.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=50)]
    from_percent: Boundary | None = None
    commission_percent: Rate = "0"

    @property
    def from_ppm(self) -> int | None:
        """The boundary in millionths."""
        return None if self.from_percent is None else int(Decimal(self.from_percent) * PPM_OF_PERCENT)

    @property
    def rate_ppm(self) -> int:
        """The commission in millionths of the amount."""
        return int(Decimal(self.commission_percent) * PPM_OF_PERCENT)


class TierPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All tiers, the highest margin first.

    Attributes:
        window_months: whole months before the month of a sale whose margin says in which tier a product is.
    """

    window_months: Annotated[int, msgspec.Meta(ge=1, le=36)] = 12
    tiers: tuple[MarginTier, ...] = (
        MarginTier("high", "30"),
        MarginTier("middle", "15"),
        MarginTier("low"),
    )


def problems_of(policy: TierPolicy) -> list[tuple[str, str]]:
    """Return where a policy contradicts itself: paths and reasons."""
    tiers, found = policy.tiers, []
    if not 1 <= len(tiers) <= MOST_TIERS:
        return [("tiers", f"there must be 1 to {MOST_TIERS}")]
    if len({tier.name for tier in tiers}) != len(tiers):
        found.append(("tiers", "each needs a name of its own"))
    for number, tier in enumerate(tiers):
        last = number == len(tiers) - 1
        if last and tier.from_percent is not None:
            found.append((f"tiers[{number}].from_percent", "must be null: the last tier takes the rest"))
        if not last and tier.from_percent is None:
            found.append((f"tiers[{number}].from_percent", "is needed in all tiers but the last"))
    bounds = [tier.from_ppm for tier in tiers[:-1]]
    for number, (above, bound) in enumerate(pairwise(bounds), 1):
        if above is not None and bound is not None and bound >= above:
            found.append((f"tiers[{number}].from_percent", "must be below the tier before"))
    if any(tier.rate_ppm > 100 * PPM_OF_PERCENT for tier in tiers):
        found.append(("tiers", "commission_percent must not be above 100"))
    return found


def tier_of(policy: TierPolicy, costed_minor: int, cost_minor: int) -> MarginTier | None:
    """Return the tier of a margin, (costed - cost) / costed; None where nothing was sold with a known cost.

    A boundary belongs to the tier above it. Compared in whole numbers, without rounding.
    """
    if costed_minor <= 0:
        return None
    margin = (costed_minor - cost_minor) * 100 * PPM_OF_PERCENT
    for tier in policy.tiers:
        if tier.from_ppm is None or margin >= tier.from_ppm * costed_minor:
            return tier
    raise AssertionError("the last tier takes the rest")
