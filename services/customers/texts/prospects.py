"""Prospects: who may become a customer, how they are graded, and what becomes of them."""

from services.kit.web.texts import Text, Texts

_LIST: Texts = {
    "prospects.title": Text("Prospects", "潜在客户"),
    "prospects.lead": Text(
        "Who may become a customer, the best grade first, and who is to be visited.",
        "可能成为客户的对象，评级最高者在前，并显示应拜访的对象。",
    ),
    "prospects.show": Text("Which prospects", "潜在客户范围"),
    "prospects.show.open": Text("Open", "跟进中"),
    "prospects.show.due": Text("Visit due", "应拜访"),
    "prospects.show.converted": Text("Became customers", "已转为客户"),
    "prospects.show.lost": Text("Lost", "已放弃"),
    "prospects.name": Text("Prospect", "潜在客户"),
    "prospects.where": Text("Kind and region", "业态与地区"),
    "prospects.grade": Text("Grade", "评级"),
    "prospects.ungraded": Text("Not graded", "未评级"),
    "prospects.ungraded.hint": Text("Too little is known to grade it.", "信息不足，无法评级。"),
    "prospects.score": Text("{score} points", "{score} 分"),
    "prospects.score.of": Text(
        "{score} of 100 points, by version {version} of the grading",
        "{score} 分（满分 100），评级规则第 {version} 版",
    ),
    "prospects.need": Text("Could buy in a year", "年潜在采购额"),
    "prospects.visit_due": Text("Visit due", "应拜访日期"),
    "prospects.status": Text("Status", "状态"),
    "prospects.status.open": Text("Open", "跟进中"),
    "prospects.status.converted": Text("Customer", "已转为客户"),
    "prospects.status.lost": Text("Lost", "已放弃"),
    "prospects.empty": Text("No prospect matches", "没有匹配的潜在客户"),
    "prospects.empty.hint": Text("Take filters away, or enter one.", "请清除筛选条件，或新建潜在客户。"),
}

_PAGE: Texts = {
    "prospects.new": Text("New prospect", "新建潜在客户"),
    "prospects.visit": Text("Record a visit", "记录拜访"),
    "prospects.visit.plan": Text("Plan a visit", "计划拜访"),
    "prospects.convert": Text("Make it a customer", "转为客户"),
    "prospects.convert.lead": Text(
        "Card, contacts, salesperson and follow-ups go with it. It is cash only until finance sets terms.",
        "资料、联系人、业务员与跟进记录一并转入。财务设定信用条件之前仅限现款。",
    ),
    "prospects.lose": Text("Give it up", "放弃"),
    "prospects.lose.hint": Text(
        "Why it will not become a customer; it can still be made one later.",
        "不会成为客户的原因；以后仍可转为客户。",
    ),
    "prospects.became": Text("It became customer {customer}", "已转为客户 {customer}"),
    "prospects.number": Text("Number", "编号"),
    "prospects.kind": Text("Kind of business", "业态"),
    "prospects.kind.hint": Text(
        "Such as tea house or hotel; it counts for the grade", "如茶馆、酒店；计入评级"
    ),
    "prospects.assets": Text("Assets", "资产"),
    "prospects.sales_volume": Text("Sales in a year", "年销售额"),
    "prospects.growth": Text("Growth in a year", "年增长率"),
    "prospects.next_visit": Text("Next visit agreed for", "约定拜访日期"),
    "prospects.last_visit": Text("Last visit", "最近拜访"),
    "prospects.never": Text("never", "从未"),
    "prospects.source": Text("How we came to know of it", "来源"),
    "prospects.service": Text(
        "Price: {price}. A visit at least every {days}.", "价格：{price}。至少每{days}拜访一次。"
    ),
    "prospects.service.none": Text("Price: {price}. No visits are wanted.", "价格：{price}。无需拜访。"),
    "prospects.unknown": Text("not known", "未知"),
    "prospects.factor.kind": Text("Kind of business", "业态"),
    "prospects.factor.assets": Text("Assets", "资产"),
    "prospects.factor.sales": Text("Sales", "销售额"),
    "prospects.factor.growth": Text("Growth", "增长率"),
    "prospects.factor.need": Text("Need", "需求"),
    "prospects.factor.adds": Text("{points} points, weight {weight}", "{points} 分，权重 {weight}"),
    "done.entered": Text("The prospect is entered", "潜在客户已建立"),
    "done.converted": Text("The prospect is a customer now", "潜在客户已转为客户"),
    "done.lost": Text("The prospect is given up", "潜在客户已放弃"),
    "change.prospect.entered": Text("Entered", "建立"),
    "change.prospect.changed": Text("Card changed", "资料变更"),
    "change.prospect.converted": Text("Became a customer", "转为客户"),
    "change.prospect.lost": Text("Given up", "放弃"),
    "change.prospect.follow_up_recorded": Text("Follow-up recorded", "记录跟进"),
    "change.prospect.follow_up_completed": Text("Follow-up done", "完成跟进"),
    "change.prospect.follow_up_rescheduled": Text("Follow-up put off", "跟进改期"),
}

TEXTS: Texts = {**_LIST, **_PAGE}
