"""Every kind of alert: whose it is, which facts it needs, and how serious they are."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from contracts.errors import ContractError
from contracts.events.alerts import OwnerRole, Severity, SubjectType
from services.insights.rules.alerts.model import Fact, Facts
from services.insights.rules.alerts.thresholds import Share, Thresholds, reaches

Judge = Callable[[Facts, Thresholds], Severity | None]

CLASSES = "ABCD"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind.

    Attributes:
        judge: how serious the facts are; None: not worth an alert.
        role: whose it is if it is nobody's in person.
        personal: it is for the salesperson who looks after the customer.
        numbers, texts: the facts it needs; numbers are integers or decimal strings.
    """

    judge: Judge
    role: OwnerRole
    personal: bool = True
    subject_type: SubjectType = "customer"
    numbers: tuple[str, ...] = ()
    texts: tuple[str, ...] = field(default=())


def number(fact: Fact) -> Decimal:
    """Return a fact as a number.

    Raises:
        ValueError: when it is none.
    """
    try:
        if isinstance(fact, (int, str)) and not isinstance(fact, bool):
            value = Decimal(fact)
            if value.is_finite():
                return value
    except InvalidOperation:
        pass
    raise ValueError(f"{fact!r} is no number")


def check_facts(kind: str, facts: Facts) -> None:
    """Check that facts are what a kind needs.

    Raises:
        ContractError: naming the fact.
    """
    known = KINDS.get(kind)
    if known is None:
        raise ContractError("kind", f"there is no kind {kind!r}; they are {', '.join(sorted(KINDS))}")
    for name in known.numbers:
        try:
            number(facts.get(name))
        except ValueError as error:
            raise ContractError(f"facts.{name}", str(error)) from None
    for name in known.texts:
        if not isinstance(facts.get(name), str):
            raise ContractError(f"facts.{name}", "must be a text")


def judge(kind: str, facts: Facts, thresholds: Thresholds) -> Severity | None:
    """Return how serious facts of a kind are; None: not worth an alert, or the kind is switched off."""
    return None if kind in thresholds.off else KINDS[kind].judge(facts, thresholds)


def _text(facts: Facts, name: str) -> str:
    return str(facts[name])


def _always(severity: Severity) -> Judge:
    return lambda facts, thresholds: severity


def _overdue(facts: Facts, thresholds: Thresholds) -> Severity | None:
    days, bounds = number(facts["days"]), thresholds.overdue
    if number(facts["amount"]) <= 0:
        return None
    if days >= bounds.critical_days or _large(facts, bounds.critical_amount):
        return "critical"
    return "warning" if days >= bounds.warning_days else None


def _due_soon(facts: Facts, thresholds: Thresholds) -> Severity | None:
    return "warning" if _large(facts, thresholds.invoice_due_soon.warning_amount) else "info"


def _held(facts: Facts, thresholds: Thresholds) -> Severity | None:
    return "critical" if _large(facts, thresholds.orders.critical_amount) else "warning"


def _escalated(facts: Facts, thresholds: Thresholds) -> Severity | None:
    return "critical" if number(facts["level"]) >= thresholds.orders.critical_level else "warning"


def _dormant(facts: Facts, thresholds: Thresholds) -> Severity | None:
    bounds = thresholds.dormant_valuable.value
    return "warning" if not bounds or _large(facts, bounds) else None


def _unvisited(facts: Facts, thresholds: Thresholds) -> Severity | None:
    days, bounds = number(facts["days"]), thresholds.prospect_unvisited.of(facts.get("grade"))
    if days >= bounds.critical_days:
        return "critical"
    return "warning" if days >= bounds.warning_days else None


def _fell(facts: Facts, thresholds: Thresholds) -> Severity | None:
    steps = CLASSES.find(_text(facts, "to_class")) - CLASSES.find(_text(facts, "from_class"))
    if steps <= 0:
        return None
    return "critical" if steps > 1 else "warning"


def _riskier(facts: Facts, thresholds: Thresholds) -> Severity | None:
    if CLASSES.find(_text(facts, "to_class")) <= CLASSES.find(_text(facts, "from_class")):
        return None
    return "critical" if facts["to_class"] == CLASSES[-1] else "warning"


def _large(facts: Facts, bounds: dict[str, str]) -> bool:
    return reaches(bounds, _text(facts, "amount"), _text(facts, "currency"))


def _share(group: str, measure: Callable[[Facts], Decimal]) -> Judge:
    def judged(facts: Facts, thresholds: Thresholds) -> Severity | None:
        percent, bounds = measure(facts), getattr(thresholds, group)
        assert isinstance(bounds, Share)
        if percent >= bounds.critical_percent and percent > 0:
            return "critical"
        return "warning" if percent >= bounds.warning_percent and percent > 0 else None

    return judged


def _late(facts: Facts) -> Decimal:
    gap = number(facts["usual_gap_days"])
    return number(facts["days_since"]) * 100 / gap if gap > 0 else Decimal(0)


def _gap(facts: Facts) -> Decimal:
    expected = number(facts["expected"])
    return (expected - number(facts["amount"])) * 100 / expected if expected > 0 else Decimal(0)


def _below_target(facts: Facts) -> Decimal:
    return number(facts["target_percent"]) - number(facts["percent"])


def _used(facts: Facts) -> Decimal:
    return number(facts["percent"])


_MONEY = ("currency",)
KINDS: dict[str, Kind] = {
    # Orders and their decisions
    "order_held": Kind(_held, "finance", texts=_MONEY, numbers=("amount",)),
    "order_released": Kind(_always("info"), "sales", texts=_MONEY, numbers=("amount",)),
    "order_rejected": Kind(_always("warning"), "sales", texts=_MONEY, numbers=("amount",)),
    "order_escalated": Kind(_escalated, "finance", False, texts=_MONEY, numbers=("amount", "level")),
    "approval_requested": Kind(_always("warning"), "finance", False, texts=("approval_kind", "requested_by")),
    "order_undecided": Kind(_always("critical"), "finance"),
    # Money
    "payment_bounced": Kind(_always("critical"), "finance", texts=_MONEY, numbers=("amount",)),
    "overdue": Kind(_overdue, "finance", texts=_MONEY, numbers=("amount", "items", "days")),
    "invoice_due_soon": Kind(_due_soon, "finance", texts=(*_MONEY, "due_on"), numbers=("amount",)),
    "limit_nearly_used": Kind(
        _share("limit_nearly_used", _used), "finance", texts=_MONEY, numbers=("percent",)
    ),
    "risk_class_worse": Kind(_riskier, "finance", texts=("from_class", "to_class")),
    # Trade
    "class_fell": Kind(_fell, "sales", texts=("from_class", "to_class", "dimension")),
    "order_late": Kind(
        _share("order_late", _late), "sales", texts=("expected_on",), numbers=("days_since", "usual_gap_days")
    ),
    "order_gap": Kind(
        _share("order_gap", _gap), "sales", texts=(*_MONEY, "month"), numbers=("expected", "amount")
    ),
    "mix_below_target": Kind(
        _share("mix_below_target", _below_target),
        "sales",
        texts=("group",),
        numbers=("percent", "target_percent"),
    ),
    "dormant_valuable": Kind(_dormant, "sales", texts=_MONEY, numbers=("days", "amount", "chance_percent")),
    "prospect_unvisited": Kind(_unvisited, "sales", subject_type="prospect", numbers=("days",)),
    "active_rate_low": Kind(
        _share("active_rate_low", _below_target),
        "manager",
        subject_type="salesperson",
        texts=("month",),
        numbers=("percent", "target_percent"),
    ),
}
"""Kind to what is known of it. Texts of each are in texts.py; a test holds the two together."""
