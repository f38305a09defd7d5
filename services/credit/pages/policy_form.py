"""The form over a policy's fields: the company's level rule by rule, from a document and back into one."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from contracts.errors import ContractError
from contracts.events.policies import AmountRule, PolicyDocument, PolicyRules
from services.credit.rules.policy import RULES
from services.kit.http.problems import Problem
from services.kit.web.forms import Form

NUMBERS = (
    "max_days",
    "max_items",
    "max_percent",
    "max_average_days",
    "min_invoices",
    "grace_days",
    "grace_percent",
)
WHOLE = "document"
"""The field of the expert's form: everything as JSON."""


@dataclass(frozen=True, slots=True)
class RuleFields:
    """One rule's fields: the names of its numbers, and whether it has an amount."""

    name: str
    numbers: tuple[str, ...]
    amount: bool


def rules() -> Iterator[RuleFields]:
    """Return the rules in the order of the policy, by their models."""
    for name in RULES:
        model: Any = get_args(PolicyRules.model_fields[name].annotation)[0]  # the other one is None
        numbers = tuple(number for number in NUMBERS if number in model.model_fields)
        yield RuleFields(name, numbers, issubclass(model, AmountRule))


def values_of(document: dict[str, Any], currency: str) -> dict[str, str]:
    """Return what the form's fields show of a document."""
    found = {"release_order": str(document.get("release_order", "oldest"))}
    for rule in rules():
        said = document.get("company", {}).get(rule.name) or {}
        if said.get("active") is not None:
            found[f"{rule.name}.active"] = "on" if said["active"] else "off"
        found |= {f"{rule.name}.{n}": str(said[n]) for n in rule.numbers if said.get(n) is not None}
        for threshold in said.get("amounts", ()):
            if threshold["currency"] == currency:
                found[f"{rule.name}.amount"] = threshold["amount"]
    return found


def document_in(form: Form, base: dict[str, Any], currency: str) -> dict[str, Any]:
    """Return the document that a form means: ``base`` with what the fields say about the company's level.

    Raises:
        Problem: 422, it is no JSON object, or a number is none.
    """
    if WHOLE in form.values:
        try:
            expert = json.loads(form.values[WHOLE])
        except (ValueError, RecursionError) as error:
            raise Problem(422, "this is no JSON", errors=[(WHOLE, f"is no JSON: {error}")]) from None
        if not isinstance(expert, dict):
            raise Problem(422, "this is no JSON object", errors=[(WHOLE, "must be an object")])
        return expert
    document: dict[str, Any] = json.loads(json.dumps(base))
    document["release_order"] = form.values.get("release_order", "oldest")
    company = document.setdefault("company", {})
    for rule in rules():
        said = dict(company.get(rule.name) or {})
        said["active"] = {"on": True, "off": False}.get(form.values.get(f"{rule.name}.active", ""))
        for number in rule.numbers:
            said[number] = _number(form, f"{rule.name}.{number}")
        if rule.amount:
            amount = form.values.get(f"{rule.name}.amount")
            others = [t for t in said.get("amounts", ()) if t["currency"] != currency]
            said["amounts"] = others + ([{"currency": currency, "amount": amount}] if amount else [])
        company[rule.name] = {key: value for key, value in said.items() if value not in (None, [])} or None
    document["company"] = {name: said for name, said in company.items() if said}
    return document


def _number(form: Form, field: str) -> int | None:
    text = form.values.get(field)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise Problem(422, "a number is none", errors=[(f"company.{field}", "must be a whole number")])
    return int(text)


def place(path: str, whole: bool) -> str:
    """Return the field of the form that a path of the document is shown at; what has none is at the expert's."""
    if whole or not path.startswith(("policy.company.", "company.", "release_order", "policy.release_order")):
        return path if "." not in path and path != "policy" else WHOLE
    inside = path.removeprefix("policy.").removeprefix("company.")
    rule, _, rest = inside.partition(".")
    return f"{rule}.amount" if rest.startswith("amounts") else inside


def fail(form: Form, error: Problem | ContractError, pairs: list[tuple[str, str]]) -> None:
    """Put each reason at its field; those of one field follow each other, with their path for the expert."""
    whole = WHOLE in form.values
    form.fail(error)
    form.errors = {}
    for path, reason in pairs:
        field = place(path, whole)
        said = f"{path}: {reason}" if field == WHOLE else reason
        form.errors[field] = f"{form.errors[field]}; {said}" if field in form.errors else said


def parsed(document: dict[str, Any]) -> PolicyDocument:
    """Return the document as the contract's model.

    Raises:
        ValidationError: with the place of each mistake.
    """
    return PolicyDocument.model_validate_json(json.dumps(document))
