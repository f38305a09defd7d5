"""The credit policy: which rules apply to whom with which thresholds, where a customer's terms do not say it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from contracts.events.policies import PolicyDocument, PolicyRules, ReleaseOrder, RuleSwitch
from contracts.money import minor_units
from services.credit.rules.desk import Desk, desk_of
from services.credit.rules.state import Account

__all__ = ["DELIVERED", "RULES", "Policy", "ReleaseOrder", "Rules", "document_of", "document_text"]

RULES = tuple(PolicyRules.model_fields)
"""The names of all rules that a policy can set."""

OFF_UNLESS_SAID = frozenset({"overdue_share", "expired_review", "payment_behaviour", "term_change"})
"""Rules that apply only where a level switches them on; the others apply unless one switches them off."""

DELIVERED = PolicyDocument.model_validate_json('{"company": {"overdue_days": {"max_days": 30}}}')
"""Version 1: holds an order when something is more than 30 days past due."""


def document_of(policy: Any) -> PolicyDocument:
    """Return the document an event carries: the codec hands out twins of its parts that only look the same."""
    if isinstance(policy, PolicyDocument):
        return policy
    return PolicyDocument.model_validate_json(msgspec.json.encode(policy))


def document_text(document: PolicyDocument) -> str:
    """Return a document as it is stored and shown: what it says, and nothing of what it leaves out."""
    return document.model_dump_json(exclude_defaults=True)


@dataclass(frozen=True, slots=True)
class Rules:
    """What applies to an account and a way of paying, all levels, exclusions and grace taken into account.

    Money in minor units of the account's currency; None: no limit, or not checked.

    Attributes:
        off: the rules that are not applied.
        overdue_share: hundredths of a percent.
        average_days: hundredths of a day, for customers with ``min_invoices`` settled.
        review_grace: days after the review date.
        term_grace: days above the agreed term.
    """

    off: frozenset[str]
    single_order_max: int | None = None
    overdue_amount: int | None = None
    overdue_days: int | None = None
    overdue_items: int | None = None
    overdue_share: int | None = None
    average_days: int | None = None
    min_invoices: int = 0
    review_grace: int | None = None
    term_grace: int | None = None


_Key = tuple[str | None, str, str, str]


@dataclass(frozen=True, slots=True)
class Policy:
    """A version of the company's policy; ``desk`` is how people work on held orders by it."""

    version: int = 1
    document: PolicyDocument = DELIVERED
    desk: Desk = field(init=False, compare=False)
    _named: frozenset[str] = field(init=False, repr=False, compare=False)
    _found: dict[_Key, Rules] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Note which customers the policy names: all others of a risk class and currency share their rules."""
        object.__setattr__(self, "_named", frozenset(_named_customers(self.document)))
        object.__setattr__(self, "desk", desk_of(self.document.desk))

    @property
    def release_order(self) -> ReleaseOrder:
        """In which order held orders are decided again when room appears."""
        return self.document.release_order

    def rules_for(self, account: Account, method: str = "account") -> Rules:
        """Return what applies to an account for orders paid by ``method``, the most specific level first."""
        customer = account.customer_id
        key = (account.risk_class, customer if customer in self._named else "", account.currency, method)
        rules = self._found.get(key)
        if rules is None:
            rules = self._found[key] = _resolve(self._levels(*key[:2]), customer, account.currency, method)
        return rules

    def _levels(self, risk_class: str | None, customer: str) -> list[PolicyRules]:
        document = self.document
        levels = [level.rules for level in document.customers if level.customer_id == customer]
        levels += [level.rules for level in document.risk_classes if level.risk_class == risk_class]
        return [*levels, document.company]


def _named_customers(document: PolicyDocument) -> Iterator[str]:
    for level in document.customers:
        yield level.customer_id
    for rules in (document.company, *(level.rules for level in document.risk_classes)):
        for name in RULES:
            rule: RuleSwitch | None = getattr(rules, name)
            if rule is not None:
                yield from rule.exclude_customers


class _Said:
    """What the levels say about one rule, the most specific first."""

    def __init__(self, name: str, levels: Sequence[PolicyRules]) -> None:
        self.name = name
        self._rules = [rule for level in levels if (rule := getattr(level, name)) is not None]

    def get(self, field_name: str) -> Any:
        """Return what the first level that says something about a field says; None: none does."""
        said = (getattr(rule, field_name) for rule in self._rules)
        return next((value for value in said if value is not None and value != []), None)

    def applies(self, customer: str, method: str) -> bool:
        active = self.get("active")
        if not (self.name not in OFF_UNLESS_SAID if active is None else active):
            return False
        return customer not in (self.get("exclude_customers") or ()) and method not in (
            self.get("exclude_methods") or ()
        )

    def amount(self, currency: str) -> int | None:
        """Return the amount for a currency from the first level that names it, with the grace."""
        for rule in self._rules:
            for threshold in rule.amounts:
                if threshold.currency == currency:
                    percent = 100 + (self.get("grace_percent") or 0)
                    return minor_units(threshold.amount, currency) * percent // 100
        return None

    def days(self, field_name: str) -> int | None:
        most: int | None = self.get(field_name)
        return None if most is None else most + (self.get("grace_days") or 0)

    def hundredths(self, field_name: str) -> int | None:
        most: int | None = self.get(field_name)
        return None if most is None else most * 100


def _resolve(levels: Sequence[PolicyRules], customer: str, currency: str, method: str) -> Rules:
    said = {name: _Said(name, levels) for name in RULES}
    off = frozenset(name for name, rule in said.items() if not rule.applies(customer, method))
    behaviour = said["payment_behaviour"]
    thresholds: dict[str, tuple[str, int | None]] = {
        "single_order_max": ("single_order_maximum", said["single_order_maximum"].amount(currency)),
        "overdue_amount": ("overdue_amount", said["overdue_amount"].amount(currency)),
        "overdue_days": ("overdue_days", said["overdue_days"].days("max_days")),
        "overdue_items": ("overdue_items", said["overdue_items"].get("max_items")),
        "overdue_share": ("overdue_share", said["overdue_share"].hundredths("max_percent")),
        "average_days": ("payment_behaviour", behaviour.hundredths("max_average_days")),
        "review_grace": ("expired_review", said["expired_review"].get("grace_days") or 0),
        "term_grace": ("term_change", said["term_change"].get("grace_days") or 0),
    }
    found = {name: None if rule in off else value for name, (rule, value) in thresholds.items()}
    return Rules(off, min_invoices=behaviour.get("min_invoices") or 0, **found)
