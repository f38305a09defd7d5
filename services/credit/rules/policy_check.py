"""What is wrong with a policy document beyond the shape of its fields: each finding names the path and the reason."""

from collections.abc import Iterable, Iterator

from contracts.errors import ContractError
from contracts.events.policies import AmountRule, PolicyDocument, PolicyRules, RuleSwitch
from contracts.money import minor_units
from services.credit.rules.policy import RULES

Finding = tuple[str, str]


def problems_of(document: PolicyDocument) -> list[Finding]:
    """Return (path, reason) of everything that contradicts itself or could never have an effect."""
    found = list(_rules("company", document.company))
    found += _twice("risk_classes", "risk_class", [level.risk_class for level in document.risk_classes])
    found += _twice("customers", "customer_id", [level.customer_id for level in document.customers])
    for number, by_class in enumerate(document.risk_classes):
        found += _rules(f"risk_classes.{number}.rules", by_class.rules)
    for number, by_customer in enumerate(document.customers):
        path = f"customers.{number}.rules"
        found += _rules(path, by_customer.rules)
        for name, rule in _given(by_customer.rules):
            if rule.exclude_customers:
                where = f"{path}.{name}.exclude_customers"
                found.append((where, "has no meaning for one customer; say active: false instead"))
    return found


def _given(rules: PolicyRules) -> Iterator[tuple[str, RuleSwitch]]:
    for name in RULES:
        rule: RuleSwitch | None = getattr(rules, name)
        if rule is not None:
            yield name, rule


def _rules(path: str, rules: PolicyRules) -> Iterator[Finding]:
    for name, rule in _given(rules):
        where = f"{path}.{name}"
        yield from _repeated(f"{where}.exclude_customers", rule.exclude_customers)
        yield from _repeated(f"{where}.exclude_methods", rule.exclude_methods)
        if name != "blacklist" and set(rule.exclude_methods) - {"account"}:
            reason = "only orders on account are checked by this rule: prepaid and cash orders pass anyway"
            yield f"{where}.exclude_methods", reason
        if isinstance(rule, AmountRule):
            yield from _amounts(where, rule)


def _amounts(where: str, rule: AmountRule) -> Iterator[Finding]:
    yield from _twice(f"{where}.amounts", "currency", [threshold.currency for threshold in rule.amounts])
    for number, threshold in enumerate(rule.amounts):
        try:
            minor_units(threshold.amount, threshold.currency)
        except ContractError as error:
            yield f"{where}.amounts.{number}.{error.field}", error.reason


def _repeated(path: str, values: Iterable[str]) -> Iterator[Finding]:
    return ((f"{path}.{number}", reason) for number, reason in _second(values))


def _twice(path: str, field: str, values: Iterable[str]) -> Iterator[Finding]:
    return ((f"{path}.{number}.{field}", reason) for number, reason in _second(values))


def _second(values: Iterable[str]) -> Iterator[tuple[int, str]]:
    seen: set[str] = set()
    for number, value in enumerate(values):
        if value in seen:
            yield number, f"{value!r} is there twice"
        seen.add(value)
