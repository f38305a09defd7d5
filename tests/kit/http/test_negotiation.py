"""What a caller would rather have."""

import pytest

from services.kit.http.negotiation import preferred

LANGUAGES = ("en", "zh")
TYPES = ("application/json", "text/csv", "text/html")


@pytest.mark.parametrize(
    ("header", "offered", "chosen"),
    [
        (None, LANGUAGES, "en"),
        ("", LANGUAGES, "en"),
        ("zh", LANGUAGES, "zh"),
        ("zh-Hans-CN", LANGUAGES, "zh"),
        ("de-DE, zh;q=0.3", LANGUAGES, "zh"),
        ("en;q=0.2, zh;q=0.9", LANGUAGES, "zh"),
        ("zh;q=0", LANGUAGES, "en"),
        ("zho", LANGUAGES, "en"),
        ("zh;q=many", LANGUAGES, "en"),
        ("*/*", TYPES, "application/json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", TYPES, "text/html"),
        ("text/csv", TYPES, "text/csv"),
        ("image/png", TYPES, "application/json"),
        (";;,,q=1" * 500, TYPES, "application/json"),
    ],
)
def test_the_choice(header: str | None, offered: tuple[str, ...], chosen: str) -> None:
    assert preferred(header, offered) == chosen
