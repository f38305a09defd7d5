"""The pages of settings, of whichever service: one row of tabs that each of them shows above its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.kit.http.auth import Principal
from services.kit.web.navigation import DESK, TRADE, may_open


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """One page of settings; its text is ``settings.tab.<id>``. ``roles``: who may read it."""

    id: str
    href: str
    roles: Sequence[str]


RULES = "/console/insights/settings/rules"
PAGES: tuple[SettingsPage, ...] = (
    SettingsPage("told", "/console/insights/settings", TRADE),
    SettingsPage("thresholds", f"{RULES}/thresholds", TRADE),
    SettingsPage("segments", f"{RULES}/segments", TRADE),
    SettingsPage("targets", f"{RULES}/targets", TRADE),
    SettingsPage("comparisons", "/console/insights/settings/comparisons", TRADE),
    SettingsPage("commission", f"{RULES}/commission", TRADE),
    SettingsPage("calendar", "/console/credit/settings/calendar", DESK),
    SettingsPage("risk", "/console/credit/settings/risk", DESK),
    SettingsPage("ceilings", "/console/credit/settings/ceilings", DESK),
)


def settings_tabs(principal: Principal, current: str) -> list[tuple[str, str, bool]]:
    """Return the tabs that somebody may open: key of the text, address, whether it is this one."""
    return [
        (f"settings.tab.{page.id}", page.href, page.id == current)
        for page in PAGES
        if may_open(principal, page.roles)
    ]
