"""Settings of classes and grades, of sales targets and of commission."""

from services.kit.web.texts import Text, Texts

_SEGMENTS: Texts = {
    "segments.lead": Text(
        "How customers are classed, graded and served. A change holds at once; classes follow seconds later.",
        "客户如何分级、评级与服务。修改立即生效，分级结果数秒后更新。",
    ),
    "segments.f.window_months": Text("Months looked at", "统计月数"),
    "segments.g.abc": Text("ABC classes", "ABC 分级"),
    "segments.f.abc.a_percent": Text("Class A up to", "A 级累计至"),
    "segments.f.abc.b_percent": Text("Class B up to", "B 级累计至"),
    "segments.f.abc.keep_percent": Text("Kept within points", "保级幅度（百分点）"),
    "segments.f.abc.overall_a_percent": Text("Overall A from points", "综合 A 级得分"),
    "segments.f.abc.overall_b_percent": Text("Overall B from points", "综合 B 级得分"),
    "segments.h.abc.a_percent": Text("% of the total", "占总额 %"),
    "segments.h.abc.b_percent": Text("% of the total", "占总额 %"),
    "segments.h.abc.keep_percent": Text(
        "a class is kept until so far past its boundary", "超出界限达到该幅度才调整"
    ),
    "segments.g.abc.weights": Text("Weights of the overall class", "综合分级权重"),
    "segments.f.orders": Text("Orders", "订单数"),
    "segments.f.amount": Text("Amount", "金额"),
    "segments.f.products": Text("Products", "产品数"),
    "segments.f.profit": Text("Profit", "毛利"),
    "segments.f.margin": Text("Margin", "毛利率"),
    "segments.f.quantity": Text("Quantity", "数量"),
    "segments.f.collections": Text("Collections", "回款"),
    "segments.g.tiers": Text("Profit tiers: % of the customers", "利润层级：客户占比 %"),
    "segments.f.platinum_percent": Text("Platinum", "铂金"),
    "segments.f.gold_percent": Text("Gold", "黄金"),
    "segments.f.iron_percent": Text("Iron", "铁"),
    "segments.g.life_cycle": Text("Life cycle", "生命周期"),
    "segments.f.dormant_days": Text("Dormant after days", "沉睡（天）"),
    "segments.f.dormant_gaps": Text("Dormant after own gaps", "沉睡（自身间隔倍数）"),
    "segments.f.revived_days": Text("Revived for days", "回流状态（天）"),
    "segments.f.follow_up_days": Text("Follow-up counts for days", "跟进有效期（天）"),
    "segments.f.familiar_orders": Text("Familiar from orders", "熟客（订单数）"),
    "segments.f.familiar_days": Text("Familiar from days", "熟客（天）"),
    "segments.f.established_orders": Text("Established from orders", "老客户（订单数）"),
    "segments.f.established_days": Text("Established from days", "老客户（天）"),
    "segments.g.grading": Text("Grading", "评级"),
    "segments.f.long_overdue_days": Text("Long overdue from days", "长期逾期（天）"),
    "segments.f.trend_percent": Text("Trend counts from %", "趋势阈值 %"),
    "segments.g.grading.weights": Text("Weights of the grade", "评级权重"),
    "segments.f.standing": Text("Credit standing", "信用状况"),
    "segments.f.sales": Text("Sales", "销售额"),
    "segments.f.prospects": Text("Prospects", "发展潜力"),
    "segments.g.grading.grades": Text("Grades", "等级"),
    "segments.f.grade": Text("Grade", "等级"),
    "segments.f.from_percent": Text("From % of points", "得分下限 %"),
    "segments.f.price": Text("Price", "价格政策"),
    "segments.f.priority": Text("Priority", "优先级"),
    "segments.f.visit_every_days": Text("Visit every days", "拜访间隔（天）"),
    "segments.g.stopped": Text("Stopped buying a product", "停购产品"),
    "segments.f.least_purchases": Text("Usual from purchases", "常购（次数）"),
    "segments.f.gaps": Text("Stopped after own gaps", "停购（自身间隔倍数）"),
    "segments.g.growing": Text("About to become big", "潜力大客户"),
    "segments.f.months": Text("Months compared", "对比月数"),
    "segments.f.least_orders": Text("Orders at least", "最少订单数"),
    "segments.f.full_trend_percent": Text("Full points from %", "满分趋势 %"),
    "segments.g.growing.weights": Text("Weights of growth", "成长权重"),
    "segments.f.trend": Text("Trend", "趋势"),
    "segments.f.reach": Text("Reach", "接近程度"),
    "segments.f.breadth": Text("Breadth", "品类广度"),
}

_TARGETS: Texts = {
    "targets.lead": Text(
        "The share of customers with an order in a month, and who is credited with a sale. Whole months.",
        "每月有订单的客户占比目标，以及销售归属。按整月生效。",
    ),
    "targets.f.active_rate_percent": Text("Active rate, %", "活跃率目标 %"),
    "targets.h.active_rate_percent": Text("empty: no target", "留空表示无目标"),
    "targets.f.people": Text("Own targets, %", "个人目标 %"),
    "targets.h.people": Text(
        "One salesperson per line, such as S-1 80. * is no target; who is not named has that of all.",
        "每行一人，例如 S-1 80；* 表示无目标；未列出者适用统一目标。",
    ),
    "targets.e.active_rate_percent": Text("no target", "无目标"),
    "targets.e.people": Text("none", "无"),
    "targets.f.owner_percent": Text("Credited to the owner, %", "归属客户负责人 %"),
    "targets.h.owner_percent": Text("the rest to who took the order", "其余归接单人"),
}

_COMMISSION: Texts = {
    "commission_rates.lead": Text(
        "Tiers of products by their margin, and what each earns of the money collected.",
        "按毛利率划分的产品层级，以及各层级按回款计提的比例。",
    ),
    "commission_rates.f.window_months": Text("Months of margin looked at", "毛利统计月数"),
    "commission_rates.g.tiers": Text("Tiers", "层级"),
    "commission_rates.f.name": Text("Name", "名称"),
    "commission_rates.f.from_percent": Text("Margin from, %", "毛利率下限 %"),
    "commission_rates.f.commission_percent": Text("Commission, %", "提成比例 %"),
    "commission_rates.h.tiers.from_percent": Text("the last tier: empty", "最后一层留空"),
}

TEXTS: Texts = {**_SEGMENTS, **_TARGETS, **_COMMISSION}
