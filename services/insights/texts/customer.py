"""The parts of a customer's page that insights draws."""

from services.kit.web.texts import Text, Texts

_TRADE: Texts = {
    "customer.alerts.none": Text("No alert is open.", "没有未处理的预警。"),
    "customer.alerts.follow": Text("Record a follow-up", "记录跟进"),
    "customer.rhythm.none": Text("No order is forecast yet", "暂无下单预测"),
    "customer.rhythm.next": Text("Next order expected", "预计下次下单"),
    "customer.rhythm.between": Text("8 in 10 come", "八成可能在"),
    "customer.rhythm.typical": Text("Typical order", "通常订单金额"),
    "customer.rhythm.active": Text("Orders again at all", "继续下单的可能性"),
    "customer.rhythm.usual": Text(
        "Usually orders every {gap} days; last on {last}, silent for {silence}.",
        "通常每 {gap} 天下单一次；最近一次为{last}，已{silence}未下单。",
    ),
    "customer.rhythm.regularity.regular": Text("The rhythm is regular.", "节奏规律。"),
    "customer.rhythm.regularity.fairly regular": Text("The rhythm is fairly regular.", "节奏较规律。"),
    "customer.rhythm.regularity.irregular": Text("The rhythm is irregular.", "节奏不规律。"),
    "customer.rhythm.why": Text(
        "Why: {days} days with an order, {gap} days apart. This counts for {weight}; the rest follows all "
        "customers, who order every {others} days.",
        "依据：共 {days} 个下单日，平均间隔 {gap} 天，占权重 {weight}；其余参照全体客户，平均每 {others} 天下单。",
    ),
    "customer.rhythm.why.none": Text(
        "Why: one day with an order has no rhythm of its own; all customers order every {gap} days.",
        "依据：仅有一个下单日，尚无自身节奏；全体客户平均每 {gap} 天下单。",
    ),
    "customer.month": Text("Month", "月份"),
    "customer.trend.none": Text("Nothing was sold in the last two years", "近两年没有销售"),
    "customer.trend.none.hint": Text("The trend begins with the first order.", "有首笔订单后即可查看趋势。"),
    "customer.trend.year": Text(
        "In the last 12 months shown: {n} orders, {amount}",
        "图中最近 12 个月：{n} 张订单，{amount}",
        one="In the last 12 months shown: {n} order, {amount}",
    ),
    "customer.trend.sales": Text("Sales", "销售额"),
    "customer.trend.profit": Text("Gross profit", "毛利"),
    "customer.trend.margin": Text("Margin", "毛利率"),
    "customer.trend.sales.chart": Text("Sales and gross profit by month", "每月销售额与毛利"),
    "customer.trend.margin.chart": Text("Margin by month", "每月毛利率"),
}

_CLASSES: Texts = {
    "customer.classes.none": Text("Nothing in the last 12 months to class.", "近 12 个月没有可分级的业务。"),
    "customer.classes.overall": Text("Class", "综合等级"),
    "customer.classes.amount": Text("By amount", "按金额"),
    "customer.classes.orders": Text("By orders", "按订单数"),
    "customer.classes.profit": Text("By gross profit", "按毛利"),
    "customer.classes.rfm": Text("Group (RFM)", "RFM 分组"),
    "customer.classes.tier": Text("Profit tier", "利润层级"),
    "customer.classes.grade": Text("Grade", "评级"),
    "customer.classes.stage": Text("Stage", "生命周期"),
    "customer.classes.history": Text("How the class changed", "等级变化"),
    "rfm.champions": Text("Champions", "重要价值客户"),
    "rfm.loyal": Text("Loyal", "忠诚客户"),
    "rfm.potential_loyalists": Text("May become loyal", "潜在忠诚客户"),
    "rfm.new_customers": Text("New", "新客户"),
    "rfm.promising": Text("Promising", "有潜力客户"),
    "rfm.need_attention": Text("Need attention", "需关注客户"),
    "rfm.about_to_sleep": Text("About to sleep", "即将沉睡客户"),
    "rfm.at_risk": Text("At risk", "流失风险客户"),
    "rfm.cannot_lose": Text("Not to be lost", "重点挽留客户"),
    "rfm.hibernating": Text("Hibernating", "沉睡客户"),
    "rfm.lost": Text("Lost", "流失客户"),
    "tier.platinum": Text("Platinum", "铂金"),
    "tier.gold": Text("Gold", "黄金"),
    "tier.iron": Text("Iron", "铁"),
    "tier.lead": Text("Lead", "铅"),
    "tier.loss": Text("Loss", "亏损"),
    "stage.prospect": Text("Prospect", "潜在"),
    "stage.new": Text("New", "新客户"),
    "stage.familiar": Text("Familiar", "熟悉"),
    "stage.established": Text("Established", "成熟"),
    "stage.dormant": Text("Dormant", "沉睡"),
    "stage.revived": Text("Revived", "已唤回"),
}

TEXTS: Texts = {**_TRADE, **_CLASSES}
