"""Templates keep to the Content-Security-Policy, which a browser would enforce by silently doing nothing."""

import re

import pytest

from tests.tidy.sources import ROOT

TEMPLATES = sorted(
    path for path in ROOT.glob("services/**/templates/**/*.html") if path.name != "statement.html"
)
FORBIDDEN = {
    "style in an attribute": r"\sstyle\s*=",
    "style in the page": r"<style\b",
    "script in an attribute": r"\son[a-z]+\s*=\s*[\"']",
    "script in the page": r"<script(?![^>]*\bsrc=)(?![^>]*application/json)",
    "script of htmx": r"hx-on|\bjs:|hx-vars",
    "another site": r"(?:src|href|action)\s*=\s*[\"']https?://",
    "unescaped": r"\|\s*safe\b",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_has(what: str) -> None:
    assert len(TEMPLATES) > 10
    found = [p.name for p in TEMPLATES if re.search(FORBIDDEN[what], p.read_text("utf-8"), re.IGNORECASE)]
    assert not found
