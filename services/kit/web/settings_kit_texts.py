"""What the pages of settings have in common."""

from services.kit.web.texts import Text, Texts

SETTINGS: Texts = {
    "settings.title": Text("Settings", "设置"),
    "settings.tabs": Text("Settings by subject", "设置分类"),
    "settings.tab.told": Text("Notifications", "通知"),
}
