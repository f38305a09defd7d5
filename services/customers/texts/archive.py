"""Finding customers."""

from services.kit.web.texts import Text, Texts

TEXTS: Texts = {
    "customers.search.none": Text("No customer matches", "没有匹配的客户"),
}
