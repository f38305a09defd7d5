"""Margins: by customer, product, salesperson and month, the documents behind them, and the tiers of products."""

from services.kit.web.texts import Text, Texts

_LISTS: Texts = {
    "margins.title": Text("Margins", "毛利"),
    "margins.lead": Text(
        "What is earned with whom and with what, by the cost as of each sale; of twelve months unless you choose.",
        "按销售当时成本计算的毛利；未选月份时为最近十二个月。",
    ),
    "margins.tabs": Text("Ways to look at it", "查看方式"),
    "margins.tab.margins": Text("Margins", "毛利汇总"),
    "margins.tab.documents": Text("Orders and returns", "订单与退货"),
    "margins.tab.tiers": Text("Product tiers", "产品毛利档"),
    "margins.by": Text("By", "汇总方式"),
    "margins.by.customer": Text("Customer", "客户"),
    "margins.by.product": Text("Product", "产品"),
    "margins.by.salesperson": Text("Salesperson", "销售人员"),
    "margins.by.seller": Text("Who took the order", "接单人"),
    "margins.by.month": Text("Month", "月份"),
    "margins.customers": Text("Customers’ numbers", "客户编号（可多个）"),
    "margins.salesperson": Text("Salesperson", "销售人员"),
    "margins.of": Text("Of", "对象"),
    "margins.orders": Text("Orders", "订单数"),
    "margins.amount": Text("Ordered", "订货额"),
    "margins.returned": Text("{amount} returned", "退货 {amount}"),
    "margins.cost": Text("Cost", "成本"),
    "margins.profit": Text("Profit", "毛利额"),
    "margins.margin": Text("Margin", "毛利率"),
    "margins.sales": Text("Sales less returns", "净销售额"),
    "margins.known": Text("cost known of {amount}", "已知成本销售额 {amount}"),
    "margins.empty": Text("Nothing was sold then", "该范围没有销售"),
    "margins.empty.hint": Text("Choose other months, or take filters away.", "请选择其他月份，或清除筛选。"),
}

_DOCUMENTS: Texts = {
    "margins.documents.lead": Text(
        "The documents behind the margins, the least profit first; of twelve months unless you choose.",
        "毛利背后的单据，毛利额从低到高；成本未知则不显示毛利；未选月份时为最近十二个月。",
    ),
    "margins.document": Text("Document", "单据"),
    "margins.customer": Text("Customer", "客户"),
    "margins.day": Text("Day", "日期"),
    "margins.kind.order": Text("Order", "订单"),
    "margins.kind.return": Text("Return", "退货"),
    "margins.lines": Text("Lines", "明细"),
    "margins.lines.of": Text("Lines of {document}", "{document} 的明细"),
    "margins.lines.quantity": Text("quantity {n}", "数量 {n}"),
    "margins.lines.cost": Text("cost {cost}, profit {profit}", "成本 {cost}，毛利 {profit}"),
    "margins.lines.unknown": Text("cost not known", "成本未知"),
}

_TIERS: Texts = {
    "margins.tiers.lead": Text(
        "The tier that a sale on the day earns commission by: the margin of the whole months before it.",
        "当日销售计提提成所用的毛利档，按此前完整月份的毛利率确定。",
    ),
    "margins.product": Text("Product", "产品"),
    "margins.tier": Text("Margin tier", "毛利档"),
    "margins.commission": Text("Commission rate", "提成比例"),
    "margins.costed": Text("Sold with known cost", "已知成本销售额"),
    "margins.on": Text("Sale on", "销售日期"),
    "margins.tiers.empty": Text("No product is in a tier", "没有产品归入毛利档"),
    "margins.tiers.empty.hint": Text(
        "Products need sales with a known cost in the months before.", "产品在此前月份需有已知成本的销售。"
    ),
    "margins.why": Text("Why?", "为什么？"),
    "margins.why.of": Text("Why? {product}", "为什么？{product}"),
    "margins.why.title": Text("Why this tier", "毛利档依据"),
    "margins.why.none": Text(
        "Nothing was sold with a known cost; a sale is judged by its own margin.",
        "没有已知成本的销售；按单笔销售自身毛利率确定。",
    ),
    "margins.why.months": Text("Profit by month, {first} to {last}", "{first} 至 {last} 各月毛利"),
    "margins.why.of_sales": Text("of {amount}", "销售额 {amount}"),
    "margins.why.boundaries": Text("Boundaries (version {n})", "分档标准（第 {n} 版）"),
    "margins.why.from": Text("from {percent}", "{percent} 起"),
    "margins.why.rest": Text("all below", "其余"),
}

TEXTS: Texts = {**_LISTS, **_DOCUMENTS, **_TIERS}
"""All of them."""
