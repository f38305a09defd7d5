"""Segments over months: migration, net growth, and the judgement of grades."""

from services.kit.web.texts import Text, Texts

_MONTHS: Texts = {
    "migration.lead": Text(
        "From which class to which customers went between the ends of two months. Each number leads to them.",
        "两个月末之间客户等级的迁移。点击数字可查看客户。",
    ),
    "migration.title": Text("End of {first} to end of {last}", "{first} 月末至 {last} 月末"),
    "migration.customers": Text("Who moved", "迁移客户"),
    "migration.by": Text("Compared: {kind}", "比较：{kind}"),
    "migration.from": Text("End of month", "起始月末"),
    "migration.to": Text("To end of month", "截止月末"),
    "migration.was": Text("Before", "之前"),
    "migration.is": Text("After", "之后"),
    "migration.unmoved": Text("In no dimension", "各维度均未变动"),
    "migration.reading": Text(
        "Green rose, red fell; rows are the class before, columns the class after.",
        "绿色为上升，红色为下降；行为之前的等级，列为之后的等级。",
    ),
    "migration.empty": Text("Nothing to compare yet", "暂无可比较的数据"),
    "migration.empty.hint": Text(
        "Classes are kept at the end of every month. Choose months that are over.",
        "每月末保存一次等级。请选择已结束的月份。",
    ),
    "growth.lead": Text(
        "Gained ordered for the first time, lost fell dormant, revived ordered again after having been dormant. "
        "The first month has nothing before it: everybody is gained.",
        "新增为首次下单，流失为转为沉睡，唤回为沉睡后再次下单。最早的月份没有可比月份，全部计为新增。",
    ),
    "growth.chart": Text("Net growth by month", "每月净增长"),
    "growth.month": Text("Month", "月份"),
    "growth.gained": Text("Gained", "新增"),
    "growth.revived": Text("Revived", "唤回"),
    "growth.lost": Text("Lost", "流失"),
    "growth.net": Text("Net", "净增长"),
    "growth.active": Text("Active", "活跃"),
    "growth.dormant": Text("Dormant", "沉睡"),
    "growth.prospects": Text("Prospects", "潜在客户"),
    "growth.running": Text("not over", "进行中"),
    "growth.of": Text("{what}: {month}", "{month} {what}"),
    "growth.before": Text("Before", "之前"),
    "growth.stage": Text("At the end", "月末"),
    "growth.first_order": Text("First order", "首次下单"),
    "growth.last_order": Text("Last order", "最近下单"),
    "growth.empty": Text("No month to show", "没有可显示的月份"),
    "growth.empty.hint": Text("Choose other months.", "请选择其他月份。"),
}

_JUDGE: Texts = {
    "judge.lead": Text(
        "Do grades tell who earns money? The grades at the end of one month against the profit of the next.",
        "评级是否反映客户价值？用上月末的评级检验次月的毛利。",
    ),
    "judge.title": Text("Judged by the profit of {month}", "以 {month} 毛利检验"),
    "judge.graded": Text("Customers graded", "已评级客户"),
    "judge.correlation": Text("Accuracy (rank correlation)", "准确度（秩相关）"),
    "judge.reading.none": Text("There is nothing to compare yet.", "暂无可比较的数据。"),
    "judge.reading.strong": Text(
        "Grades order profit well: 1 would be perfect, 0 is chance.",
        "评级与毛利高度一致：1 为完全一致，0 为随机。",
    ),
    "judge.reading.some": Text(
        "Grades order profit to some degree: 1 would be perfect, 0 is chance.",
        "评级与毛利有一定一致性：1 为完全一致，0 为随机。",
    ),
    "judge.reading.weak": Text(
        "Grades hardly order profit: 1 would be perfect, 0 is chance. Look at the weights of the factors.",
        "评级几乎不反映毛利：1 为完全一致，0 为随机。请检查因素权重。",
    ),
    "judge.chart": Text("Profit per customer by grade", "各评级户均毛利"),
    "judge.accuracy": Text("Profit by grade", "各评级毛利"),
    "judge.effect": Text("Accuracy and effect by grade", "各评级的准确度与效果"),
    "judge.each": Text("Per customer", "户均毛利"),
    "judge.before": Text("Month before", "上月户均"),
    "judge.lift": Text("Times the average", "为平均的倍数"),
    "judge.fresh": Text("Freshness", "数据时效"),
    "judge.fresh.reading": Text(
        "Half of the customers have an older last one, half a newer one.",
        "均为中位数：一半客户更久，一半更近。",
    ),
    "judge.age.order": Text("Last order", "最近订单"),
    "judge.age.payment": Text("Last payment", "最近回款"),
    "judge.age.standing": Text("Credit standing", "信用状况"),
    "judge.age.card": Text("Customer’s card", "客户档案"),
    "judge.coverage": Text("Coverage", "覆盖率"),
    "judge.coverage.reading": Text(
        "Of the customers that ever ordered. A factor of which nothing is known is left out of a grade.",
        "以曾下单客户为基数。无数据的因素不计入评级。",
    ),
    "judge.cover.graded": Text("Graded", "已评级"),
    "judge.cover.with_standing": Text("Credit standing known", "有信用状况"),
    "judge.cover.with_margin": Text("Margin known", "有毛利率"),
    "judge.cover.with_prospects": Text("Growth known", "有发展前景"),
    "judge.of": Text("{n} of {all}", "{n} / {all}"),
    "judge.service": Text("How grades are served", "各评级服务标准"),
    "judge.from": Text("From % of points", "得分率起（%）"),
    "judge.priority": Text("Priority", "优先级"),
    "judge.visit": Text("Visit", "拜访"),
    "judge.every": Text("every {n} days", "每 {n} 天"),
    "judge.price": Text("Price", "价格"),
    "judge.empty": Text("No month is over yet", "还没有已结束的月份"),
    "judge.empty.hint": Text("Grades are judged when a month has ended.", "月份结束后即可检验评级。"),
}

TEXTS: Texts = {**_MONTHS, **_JUDGE}
