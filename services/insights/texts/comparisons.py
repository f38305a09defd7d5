"""Settings of product mix."""

from services.kit.web.texts import Text, Texts

TEXTS: Texts = {
    "comparison.title": Text("Product mix", "产品结构"),
    "comparison.lead": Text(
        "Two groups of products compared per customer, and the share the second one should have.",
        "按客户对比两组产品，并设定第二组的目标占比。",
    ),
    "comparison.new": Text("New comparison", "新增对比"),
    "comparison.none": Text("Nothing is compared yet", "尚无对比"),
    "comparison.none.hint": Text(
        "Compare volume goods with profit goods, or everything else with a launch.",
        "例如走量产品与利润产品，或新品与其他产品。",
    ),
    "comparison.sides": Text("{one} against {two}", "{one} 对比 {two}"),
    "comparison.target": Text("target {percent}", "目标 {percent}"),
    "comparison.ended": Text(
        "It was ended: its figures and alerts are gone, its versions stay.",
        "已停用：相关数据与预警已清除，版本保留。",
    ),
    "comparison.over": Text("Ended", "已停用"),
    "comparison.id": Text("Id", "编号"),
    "comparison.id.hint": Text("Short, without blanks, for ever.", "简短、不含空格，之后不可修改。"),
    "comparison.active": Text("In use", "状态"),
    "comparison.active.true": Text("Yes", "启用"),
    "comparison.active.false": Text("No: end it", "停用"),
    "comparison.f.name": Text("Name", "名称"),
    "comparison.f.target_percent": Text("Target share, %", "目标占比 %"),
    "comparison.h.target_percent": Text("of both together", "占两组合计"),
    "comparison.f.window_months": Text("Months looked at", "统计月数"),
    "comparison.f.alert_from": Text("Alert from amount", "预警起始金额"),
    "comparison.h.alert_from": Text(
        "What a customer must buy of group one. One per line, such as CNY 5000. Nothing: everybody.",
        "客户购买第一组的金额下限。每行一个，例如 CNY 5000；留空表示全部客户。",
    ),
    "comparison.g.one": Text("Group one: bought anyway", "第一组：常规购买"),
    "comparison.g.two": Text("Group two: to be bought with it", "第二组：目标产品"),
    "comparison.f.categories": Text("Categories", "品类"),
    "comparison.f.product_ids": Text("Products", "产品编号"),
    "comparison.f.everything_else": Text("Everything else", "其他全部产品"),
}
