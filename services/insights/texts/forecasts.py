"""Forecasts: gaps of the month, expected orders and why."""

from services.kit.web.texts import Text, Texts

TEXTS: Texts = {
    "forecasts.title": Text("Forecasts", "预测"),
    "forecasts.tabs": Text("Ways to look at it", "查看方式"),
    "forecasts.tab.gaps": Text("Gap of the month", "本月缺口"),
    "forecasts.tab.expected": Text("Expected orders", "预计下单"),
    "gaps.lead": Text(
        "This month so far against what was expected of it and against last year. Days with an order count as orders.",
        "本月实际与预期及去年同期对比；同一天多笔订单计为一次。",
    ),
    "gaps.customer": Text("Customer", "客户"),
    "gaps.amount": Text("This month so far", "本月已下单"),
    "gaps.expected": Text("Expected of the month", "本月预期"),
    "gaps.gap": Text("Missing", "缺口"),
    "gaps.rest": Text("Still expected", "预计还会下单"),
    "gaps.year": Text("Missing to last year", "较去年缺口"),
    "gaps.was": Text("was {amount}", "去年同月 {amount}"),
    "gaps.orders": Text("{n} orders", "{n} 次", one="{n} order"),
    "gaps.salesperson": Text("Salesperson", "销售人员"),
    "gaps.empty": Text("Nothing is forecast of this month yet", "本月暂无预测"),
    "gaps.empty.hint": Text(
        "Forecasts begin with a customer’s second order.", "客户有两次下单记录后即可预测。"
    ),
    "expected.lead": Text(
        "The next order of each customer. Eight in ten come between the days below it.",
        "每个客户的下一次下单；八成会落在所示日期之间。",
    ),
    "expected.customer": Text("Customer", "客户"),
    "expected.day": Text("Expected on", "预计下单日"),
    "expected.between": Text("{first} – {last}", "{first}至{last}"),
    "expected.amount": Text("Typical order", "通常金额"),
    "expected.month": Text("Next 30 days", "未来 30 天"),
    "expected.active": Text("Still a customer", "仍活跃概率"),
    "expected.salesperson": Text("Salesperson", "销售人员"),
    "expected.from": Text("From", "起始"),
    "expected.to": Text("Until", "截止"),
    "expected.empty": Text("No order is expected then", "该时段没有预计订单"),
    "expected.empty.hint": Text("Choose other days.", "请选择其他日期。"),
    "expected.chart": Text("Expected orders by day", "每日预计下单金额"),
    "expected.chart.amount": Text("Expected amount", "预计金额"),
    "expected.why": Text("Why?", "为什么？"),
    "expected.why.of": Text("Why? {customer}", "为什么？{customer}"),
    "expected.why.title": Text("Why then?", "预测依据"),
    "expected.why.between": Text("8 in 10 come {first} – {last}", "八成在 {first}至{last}之间"),
    "expected.why.silence": Text(
        "Silent for {days} since the last order on {last}.", "上次下单为 {last}，已{days}未下单。"
    ),
    "expected.why.usual": Text("Usual gap", "通常间隔"),
    "expected.why.own": Text("Own gap", "自身间隔"),
    "expected.why.none": Text("none yet", "暂无"),
    "expected.why.weight": Text("weighs {percent}", "权重 {percent}"),
    "expected.why.population": Text("All customers", "全体客户间隔"),
    "expected.why.customers": Text("{n} customers", "{n} 个客户"),
    "expected.why.days": Text("{n} days", "{n} 天"),
    "expected.why.order_days": Text("Days with an order", "下单次数"),
    "expected.why.rhythm": Text("Rhythm", "节奏"),
    "expected.why.rhythm.regular": Text("regular", "规律"),
    "expected.why.rhythm.fairly regular": Text("fairly regular", "较规律"),
    "expected.why.rhythm.irregular": Text("irregular", "不规律"),
    "expected.why.season": Text("Season against average", "季节水平"),
}
