"""Forms of whole cards: lists and contacts as fields that a person can fill in, and back."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

_CONTACT = re.compile(r"contacts\.(\d{1,2})\.(name|role|phone|email|chat|notes|phones|preferred)")
_COMMAS = re.compile(r"[,，、;；\n]")
CONTACT_TEXTS = ("name", "role", "phone", "email", "chat", "notes")
MOST_BLANK = 1


def listed(text: str) -> list[str]:
    """Return what stands between commas (also Chinese ones), semicolons or lines."""
    return [part.strip() for part in _COMMAS.split(text) if part.strip()]


def card_of(values: Mapping[str, str], lists: Sequence[str]) -> dict[str, Any]:
    """Return a form's fields as the API takes them: ``lists`` are texts with commas, contacts are numbered fields."""
    card: dict[str, Any] = {name: value for name, value in values.items() if not name.startswith("contacts.")}
    for name in lists:
        card[name] = listed(card.get(name, ""))
    contacts: dict[int, dict[str, Any]] = {}
    for name, value in values.items():
        if (found := _CONTACT.fullmatch(name)) is not None:
            contacts.setdefault(int(found[1]), {})[found[2]] = value
    card["contacts"] = [_contact(contacts[number]) for number in sorted(contacts) if _says(contacts[number])]
    return card


def _says(fields: Mapping[str, str]) -> bool:
    return any(fields.get(name) for name in CONTACT_TEXTS)


def _contact(fields: Mapping[str, str]) -> dict[str, Any]:
    kept: dict[str, Any] = {name: fields[name] for name in CONTACT_TEXTS if name in fields}
    return {
        "name": "",
        **kept,
        "phones": listed(fields.get("phones", "")),
        "preferred": "preferred" in fields,
    }


def values_of(card: Mapping[str, Any], fields: Sequence[str], lists: Sequence[str]) -> dict[str, str]:
    """Return a card as a form's fields."""
    values = {name: str(card[name]) for name in fields if card[name] not in (None, "")}
    values |= {name: ", ".join(card[name]) for name in lists if card[name]}
    for number, contact in enumerate(card["contacts"]):
        for name in CONTACT_TEXTS:
            values[f"contacts.{number}.{name}"] = contact[name]
        values[f"contacts.{number}.phones"] = ", ".join(contact["phones"])
        if contact["preferred"]:
            values[f"contacts.{number}.preferred"] = "true"
    return {name: value for name, value in values.items() if value}


def contact_numbers(values: Mapping[str, str]) -> range:
    """Return the numbers of the contacts that a form shows: those it has, and one to be filled in."""
    used = [int(found[1]) for name in values if (found := _CONTACT.fullmatch(name)) is not None]
    return range(max(used, default=-1) + 1 + MOST_BLANK)
