"""From which figures on something is worth an alert, and how serious it is: data, in versions."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from contracts.errors import ContractError
from contracts.money import minor_units

Days = Annotated[int, msgspec.Meta(ge=0, le=3_650)]
NewsDays = Annotated[int, msgspec.Meta(ge=0, le=90)]
Percent = Annotated[int, msgspec.Meta(ge=0, le=10_000)]
Level = Annotated[int, msgspec.Meta(ge=1, le=1_000)]
Amount = Annotated[str, msgspec.Meta(pattern=r"^(0|[1-9][0-9]{0,14})(\.[0-9]{1,4})?$")]
Amounts = dict[str, Amount]
"""Per currency, as decimal strings. A currency that is not named has no such bound."""


class _Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Thresholds of one kind."""


class Overdue(_Group, frozen=True):
    """Overdue for at least so many days. An amount from ``critical_amount`` on is critical whatever its age."""

    warning_days: Days = 1
    critical_days: Days = 30
    critical_amount: Amounts = {}


class DueSoon(_Group, frozen=True):
    """An invoice falls due in at most so many days; from ``warning_amount`` on it is more than news."""

    days: Days = 3
    warning_amount: Amounts = {}


class Share(_Group, frozen=True):
    """A share in percent, from which on (or below which) it is a warning, or critical."""

    warning_percent: Percent = 80
    critical_percent: Percent = 100


class Waiting(_Group, frozen=True):
    """So many days without anything."""

    warning_days: Days = 7
    critical_days: Days = 21


_BY_GRADE = {"A": Waiting(warning_days=3, critical_days=10), "C": Waiting(warning_days=14, critical_days=42)}


class Unvisited(Waiting, frozen=True):
    """A prospect that nobody has visited, so many days after it was entered; ``grades`` with days of their own."""

    grades: dict[str, Waiting] = msgspec.field(default_factory=lambda: dict(_BY_GRADE))

    def of(self, grade: Any) -> Waiting:
        """Return the days that hold for a grade; None: it is not graded."""
        return self.grades.get(grade, self)


class Held(_Group, frozen=True):
    """An order held is a warning; from ``critical_amount`` on, or after so many missed deadlines, critical."""

    critical_amount: Amounts = {}
    critical_level: Level = 2


class News(_Group, frozen=True):
    """How long something that happened stays in the inbox, in days after its own."""

    decision_days: NewsDays = 3
    bounced_days: NewsDays = 14


_WORTH_A_VISIT = {"CNY": "10000", "EUR": "1500", "GBP": "1500", "HKD": "10000", "USD": "1500"}


class Dormant(_Group, frozen=True):
    """A dormant customer is valuable from so much at stake on, in the currency's units.

    With any amount, a currency that is not named raises nothing; without one every dormant customer does.
    """

    value: Amounts = msgspec.field(default_factory=lambda: dict(_WORTH_A_VISIT))


class Thresholds(_Group, frozen=True):
    """All of them. ``off`` are kinds that raise nothing."""

    overdue: Overdue = Overdue()
    invoice_due_soon: DueSoon = DueSoon()
    limit_nearly_used: Share = Share()
    orders: Held = Held()
    news: News = News()
    order_late: Share = Share(warning_percent=150, critical_percent=250)
    order_gap: Share = Share(warning_percent=30, critical_percent=60)
    mix_below_target: Share = Share(warning_percent=5, critical_percent=20)
    active_rate_low: Share = Share(warning_percent=0, critical_percent=20)
    prospect_unvisited: Unvisited = Unvisited()
    dormant_valuable: Dormant = Dormant()
    off: tuple[str, ...] = ()


DELIVERED = Thresholds()
"""What a new installation begins with."""


def read_thresholds(body: Any, kinds: Mapping[str, object]) -> Thresholds:
    """Read thresholds from JSON, what is left out being as delivered.

    Raises:
        ContractError: naming the field, when something is unknown, out of range or contradicts itself.
    """
    try:
        thresholds = msgspec.convert(body, Thresholds)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$.")
        raise ContractError(path.rstrip("`") or "body", reason) from None
    _check_order(thresholds)
    _check_amounts(thresholds)
    for kind in thresholds.off:
        if kind not in kinds:
            raise ContractError("off", f"there is no kind {kind!r}; they are {', '.join(sorted(kinds))}")
    return thresholds


def thresholds_body(thresholds: Thresholds) -> dict[str, Any]:
    """Return thresholds as JSON."""
    body: dict[str, Any] = msgspec.to_builtins(thresholds)
    return body


def reaches(amounts: Mapping[str, str], amount: str, currency: str) -> bool:
    """Whether an amount reaches the bound of its currency; without a bound it does not."""
    bound = amounts.get(currency)
    return bound is not None and minor_units(amount, currency) >= minor_units(bound, currency)


def _check_order(thresholds: Thresholds) -> None:
    groups: dict[str, Any] = {name: getattr(thresholds, name) for name in thresholds.__struct_fields__}
    by_grade = thresholds.prospect_unvisited.grades
    groups |= {f"prospect_unvisited.grades.{grade}": waiting for grade, waiting in by_grade.items()}
    for name, group in groups.items():
        for unit in ("days", "percent"):
            warning = getattr(group, f"warning_{unit}", None)
            critical = getattr(group, f"critical_{unit}", None)
            if warning is not None and critical is not None and warning > critical:
                raise ContractError(f"{name}.critical_{unit}", f"must not be below warning_{unit}, {warning}")


def _check_amounts(thresholds: Thresholds) -> None:
    for name in thresholds.__struct_fields__:
        group = getattr(thresholds, name)
        for field in getattr(group, "__struct_fields__", ()):
            amounts = getattr(group, field)
            if isinstance(amounts, dict) and field != "grades":
                for currency, amount in amounts.items():
                    where = f"{name}.{field}.{currency}"
                    try:
                        minor_units(amount, currency, where)
                    except ContractError as error:
                        raise ContractError(where, error.reason) from None
