"""Product mix: two groups compared, and products that customers stopped buying."""

from services.kit.web.texts import Text, Texts

_MIX: Texts = {
    "mix.title": Text("Product mix", "产品结构"),
    "mix.lead": Text(
        "Who buys much of one product group and too little of the other.",
        "哪些客户大量购买一类产品，而另一类买得过少。",
    ),
    "mix.tabs": Text("Ways to look at it", "查看方式"),
    "mix.tab.mix": Text("Two groups", "两组对比"),
    "mix.tab.stopped": Text("Stopped buying", "停购产品"),
    "mix.tab.totals": Text("Stopped, summed", "停购汇总"),
    "mix.comparison": Text("Comparison", "对比方案"),
    "mix.customer": Text("Customer", "客户"),
    "mix.one": Text("First group", "第一组"),
    "mix.two": Text("Second group", "第二组"),
    "mix.share": Text("Share of second", "第二组占比"),
    "mix.short": Text("{points} points short", "差 {points} 个百分点"),
    "mix.above": Text("{points} points above", "超 {points} 个百分点"),
    "mix.target": Text("Target", "目标"),
    "mix.target.of": Text("target {percent}", "目标 {percent}"),
    "mix.below": Text("Below target", "低于目标"),
    "mix.reached": Text("Target reached", "已达目标"),
    "mix.missing": Text("Missing to target", "距目标金额"),
    "mix.salesperson": Text("Salesperson", "销售人员"),
    "mix.share.all": Text("Share of the second group", "第二组占比"),
    "mix.below.count": Text("Customers below target", "低于目标的客户"),
    "mix.of": Text("of {n} that buy either", "共 {n} 个购买客户"),
    "mix.missing.all": Text("Missing to target", "距目标金额"),
    "mix.chart": Text("Customers by what they buy of both groups", "客户对两组产品的购买额"),
    "mix.reading": Text(
        "Across: {one}; upwards: {two}; bought in {months} months with this one. Under the line: below the target.",
        "横轴：{one}；纵轴：{two}；含本月共 {months} 个月的购买额。线下为低于目标的客户。",
    ),
    "mix.drawn": Text(
        "Drawn are the {n} of {all} customers that miss most.", "仅绘出 {all} 个客户中差额最大的 {n} 个。"
    ),
    "mix.empty": Text("Nobody bought of either group", "没有客户购买这两组产品"),
    "mix.empty.hint": Text("Take filters away to see more.", "清除筛选可看到更多。"),
    "mix.none": Text("No product groups are compared yet", "尚未设置产品组对比"),
    "mix.none.hint": Text(
        "A manager sets two groups and a target share under Settings, Product mix.",
        "由经理在“设置”的“产品结构”中设置两组产品及目标占比。",
    ),
}

_STOPPED: Texts = {
    "stopped.lead": Text(
        "Products that a customer usually bought and has not bought for several of its usual gaps.",
        "客户过去经常购买、但已隔数个常规周期未再购买的产品。",
    ),
    "stopped.totals.lead": Text(
        "What was usually bought and is no longer, summed up.", "按产品或客户汇总的停购产品。"
    ),
    "stopped.product": Text("Product", "产品"),
    "stopped.product_id": Text("Product’s number", "产品编号"),
    "stopped.category": Text("Product category", "产品类别"),
    "stopped.by": Text("Summed per", "汇总方式"),
    "stopped.of": Text("Of", "汇总对象"),
    "stopped.last": Text("Last bought", "上次购买"),
    "stopped.ago": Text("{days} ago", "{days}前"),
    "stopped.usual": Text("Usually", "购买规律"),
    "stopped.every": Text("every {days} days", "每 {days} 天"),
    "stopped.times": Text("{n} purchases", "共 {n} 次", one="{n} purchase"),
    "stopped.since": Text("Since then", "停购之后"),
    "stopped.ordering": Text("Orders other things", "仍在购买其他产品"),
    "stopped.orders": Text("on {n} days", "{n} 天有下单", one="on {n} day"),
    "stopped.silent": Text("Orders nothing", "未再下单"),
    "stopped.stake": Text("Bought in a year", "年购买额"),
    "stopped.customers": Text("Customers", "客户数"),
    "stopped.products": Text("Products", "产品数"),
    "stopped.latest": Text("Latest stop", "最近停购"),
    "stopped.empty": Text("Nobody stopped buying anything", "没有停购产品"),
    "stopped.empty.hint": Text("Or no one matches the filters.", "或没有符合筛选的记录。"),
}

TEXTS: Texts = {**_MIX, **_STOPPED}
"""All of them."""
