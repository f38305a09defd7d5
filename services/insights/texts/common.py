"""What several pages of insights say."""

from services.kit.web.texts import Text, Texts

TEXTS: Texts = {
    "staff.nobody": Text("Nobody", "无人"),
    "staff.you": Text("You", "您"),
    "export.csv": Text("CSV", "CSV"),
}
