"""Evidence of alerts: what stands in their facts as ids, in words."""

from services.kit.web.texts import Text, Texts

_RULES: Texts = {
    "evidence.rule.limit": Text(
        "exposure {value}, limit {threshold}", "占用额度 {value}，信用额度 {threshold}"
    ),
    "evidence.rule.overdue_amount": Text(
        "{value} overdue, allowed {threshold}", "逾期金额 {value}，允许 {threshold}"
    ),
    "evidence.rule.overdue_days": Text(
        "{value} days overdue, allowed {threshold}", "逾期 {value} 天，允许 {threshold} 天"
    ),
    "evidence.rule.overdue_items": Text(
        "{value} invoices overdue, allowed {threshold}", "逾期发票 {value} 张，允许 {threshold} 张"
    ),
    "evidence.rule.single_order_maximum": Text(
        "order of {value}, allowed {threshold}", "订单金额 {value}，单笔上限 {threshold}"
    ),
    "evidence.rule.manual_hold": Text("held by finance: {value}", "财务人工冻结：{value}"),
    "evidence.rule.blacklist": Text("blacklisted: {value}", "黑名单客户：{value}"),
    "evidence.rule.currency": Text(
        "no rate from {value} to {threshold}", "缺少 {value} 兑 {threshold} 的汇率"
    ),
    "evidence.rule.manual_rejection": Text("rejected by hand: {value}", "人工拒绝：{value}"),
    "evidence.rule.cancelled": Text("cancelled: {value}", "已取消：{value}"),
    "evidence.rule.overdue_share": Text(
        "{value} % of the open invoices overdue, allowed {threshold} %",
        "逾期占比 {value}%，允许 {threshold}%",
    ),
    "evidence.rule.expired_review": Text(
        "review {value} days late, allowed {threshold}", "信用复核过期 {value} 天，允许 {threshold} 天"
    ),
    "evidence.rule.payment_behaviour": Text(
        "paid {value} days late on average, allowed {threshold}",
        "平均逾期 {value} 天付款，允许 {threshold} 天",
    ),
    "evidence.rule.term_change": Text(
        "{value} days to pay asked for, allowed {threshold}", "要求账期 {value} 天，允许 {threshold} 天"
    ),
}

_APPROVALS: Texts = {
    "evidence.approval.release": Text("release of an order", "订单放行"),
    "evidence.approval.temporary_limit": Text("temporary limit", "临时额度"),
    "evidence.approval.terms": Text("new terms", "信用条件变更"),
}

_FACTORS: Texts = {
    "evidence.factor": Text("{factor} {value} ({points} of 100 points)", "{factor} {value}（{points}分）"),
    "evidence.factor.limit_used": Text("limit used, %", "额度使用率%"),
    "evidence.factor.sales_count": Text("sales, count", "销售笔数"),
    "evidence.factor.sales_amount": Text("sales", "销售额"),
    "evidence.factor.balance": Text("balance", "应收余额"),
    "evidence.factor.overdue_amount": Text("overdue amount", "逾期金额"),
    "evidence.factor.overdue_days": Text("overdue days", "逾期天数"),
    "evidence.factor.overdue_items": Text("overdue invoices", "逾期发票数"),
    "evidence.factor.collection_ratio": Text("collected, %", "回款率%"),
    "evidence.factor.days_without_trade": Text("days without trade", "未交易天数"),
    "evidence.factor.basic": Text("basic standing", "基本情况"),
    "evidence.factor.financial": Text("finances", "财务状况"),
    "evidence.factor.special": Text("special circumstances", "特殊情况"),
    "evidence.factor.years_in_business": Text("years in business", "经营年限"),
    "evidence.factor.capital": Text("capital", "注册资本"),
    "evidence.factor.agency_report": Text("agency’s report", "征信报告"),
}

_OTHERS: Texts = {
    "evidence.unknown": Text("unknown", "未知"),
    "evidence.unlimited": Text("unlimited", "不限"),
    "evidence.not_graded": Text("none", "未评级"),
    "evidence.no_day": Text("no day set", "未定"),
}

TEXTS: Texts = {**_RULES, **_APPROVALS, **_FACTORS, **_OTHERS}
