"""The list of all customers, and how customers stand."""

from services.kit.web.texts import Text, Texts

TEXTS: Texts = {
    "customers.title": Text("Customers", "客户"),
    "customers.lead": Text(
        "Everybody you trade with: who looks after them, what they owe and how they stand with credit.",
        "所有往来客户：由谁负责、占用额度、逾期情况与信用状态。",
    ),
    "customers.name": Text("Customer", "客户"),
    "customers.where": Text("Region and category", "地区与类别"),
    "customers.region": Text("Region", "地区"),
    "customers.category": Text("Category", "客户类别"),
    "customers.business_form": Text("Form of business", "经营形式"),
    "customers.salesperson": Text("Salesperson", "业务员"),
    "customers.as_of": Text("Looked after on", "负责日期"),
    "customers.nobody": Text("Nobody", "无人负责"),
    "customers.exposure": Text("Exposure", "占用额度"),
    "customers.overdue": Text("Overdue", "逾期"),
    "customers.days_late": Text("for {n} days", "已逾期 {n} 天", one="for {n} day"),
    "customers.no_limit": Text("no limit", "不限额度"),
    "customers.standing": Text("Standing", "信用状态"),
    "customers.filter.q": Text("Name or number", "名称或编号"),
    "customers.empty": Text("No customer matches", "没有匹配的客户"),
    "customers.empty.hint": Text(
        "Take filters away, or search for part of a name.", "请清除筛选条件，或按名称的一部分搜索。"
    ),
    "standing.in_order": Text("In order", "正常"),
    "standing.blacklisted": Text("Blacklisted", "黑名单"),
    "standing.on_hold": Text("On hold", "人工冻结"),
    "standing.overdue": Text("Overdue", "有逾期"),
    "standing.over_limit": Text("Over the limit", "超额度"),
    "standing.held_orders": Text("Held orders", "有待放行订单"),
    "standing.cash_only": Text("Cash only", "现款现货"),
    "standing.unlimited": Text("No limit", "不限额度"),
}
