"""Every text that a page asks for is there, in both languages, and none is left over."""

import ast
import importlib
import re
import string
from pathlib import Path

import pytest

from services.kit.web.kit_texts import KIT_TEXTS
from services.kit.web.navigation import NAVIGATION
from services.kit.web.texts import Text, merged
from tests.tidy.sources import ROOT, sources

SERVICES = sorted(path.parent.parent.name for path in ROOT.glob("services/*/texts/__init__.py"))
CATALOGUES: dict[str, dict[str, Text]] = {
    "kit": merged([KIT_TEXTS]),
    **{name: merged(importlib.import_module(f"services.{name}.texts").TEXTS) for name in SERVICES},
}
ASKED = re.compile(r"""\bt\(\s*["']([^"']+)["']\s*([,)~])""")
QUOTED = re.compile(r"""["']([a-z][A-Za-z_. -]+)["'](\s*~)?""")


def templates(service: str) -> list[Path]:
    folder = "services/kit/web/templates" if service == "kit" else f"services/{service}/templates"
    return sorted((ROOT / folder).rglob("*.html"))


def in_code(service: str) -> tuple[set[str], set[str]]:
    """Literals, and beginnings of f-strings, outside of the catalogues."""
    folder = "services/kit/web" if service == "kit" else f"services/{service}"
    literals: set[str] = set()
    beginnings: set[str] = set()
    for source in sources(folder):
        if "/texts/" in source.name or source.name.endswith("kit_texts.py"):
            continue
        for node in ast.walk(source.tree):
            if isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
                beginnings.add(str(node.values[0].value))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                literals.add(node.value)
    return literals, beginnings


@pytest.mark.parametrize("service", CATALOGUES)
def test_every_text_asked_for_is_there(service: str) -> None:
    known = CATALOGUES[service] | CATALOGUES["kit"]
    missing = []
    for template in templates(service):
        for key, after in ASKED.findall(template.read_text("utf-8")):
            found = any(k.startswith(key) for k in known) if after == "~" else key in known
            if not found:
                missing.append(f"{template.name}: {key}")
    assert not missing


@pytest.mark.parametrize("service", CATALOGUES)
def test_no_text_is_left_over(service: str) -> None:
    literals, beginnings = in_code(service)
    # What the shell offers, such as "Cancel", any service may say.
    for template in [t for name in (CATALOGUES if service == "kit" else [service]) for t in templates(name)]:
        for text, goes_on in QUOTED.findall(template.read_text("utf-8")):
            (beginnings if goes_on else literals).add(text)
    # Navigation and empty lists build keys in the kit's own templates.
    beginnings = {b for b in beginnings if "." in b}
    literals |= {f"{key}.hint" for key in literals}
    unused = [k for k in CATALOGUES[service] if k not in literals and not k.startswith(tuple(beginnings))]
    assert not unused


@pytest.mark.parametrize("service", CATALOGUES)
def test_both_languages_have_the_same_places(service: str) -> None:
    def places(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for key, text in CATALOGUES[service].items():
        assert text.en.strip(), key
        assert text.zh.strip(), key
        assert places(text.en) == places(text.zh), key
        assert text.one is None or places(text.one) <= places(text.en), key


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_has_a_key_of_the_shell(service: str) -> None:
    assert not set(CATALOGUES[service]) & set(KIT_TEXTS)


def test_every_entry_has_its_text_and_icon() -> None:
    icons = (ROOT / "services/kit/web/assets/icons.svg").read_text("utf-8")
    for group in NAVIGATION:
        assert f"nav.group.{group.id}" in KIT_TEXTS
        for entry in group.entries:
            assert f"nav.{entry.id}" in KIT_TEXTS
            assert f'id="{entry.id}"' in icons


def test_one_is_english_for_exactly_one() -> None:
    text = Text("{n} orders", "{n} 张订单", one="{n} order")
    assert [text.read("en", {"n": n}) for n in (0, 1, 2)] == ["0 orders", "1 order", "2 orders"]
    assert text.read("zh", {"n": 1}) == "1 张订单"
