"""What several pages of insights say."""

from services.kit.web.texts import Text, Texts

TEXTS: Texts = {
    "staff.nobody": Text("Nobody", "无人"),
    "staff.you": Text("You", "您"),
    "filter.region": Text("Region", "地区"),
    "filter.category": Text("Category", "类别"),
    "filter.customer": Text("Customer’s number", "客户编号"),
    "filter.from_month": Text("From month", "起始月份"),
    "filter.to_month": Text("To month", "截止月份"),
}
