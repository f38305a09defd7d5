"""Settings of alerts: from which figures on something is worth one."""

from services.kit.web.texts import Text, Texts

TEXTS: Texts = {
    "thresholds.lead": Text(
        "From which figures on something is worth an alert. A change holds within minutes.",
        "达到哪些数值时产生预警。修改在几分钟内生效。",
    ),
    "thresholds.f.off": Text("Switched off: raise nothing", "已关闭，不产生预警"),
    "thresholds.g.overdue": Text("Overdue", "逾期"),
    "thresholds.g.invoice_due_soon": Text("Due soon", "即将到期"),
    "thresholds.g.limit_nearly_used": Text("Limit nearly used: % of the limit", "额度将满：已用额度 %"),
    "thresholds.g.orders": Text("Orders on hold", "被拦下的订单"),
    "thresholds.g.news": Text("How long news stay in the inbox", "消息类预警保留时间"),
    "thresholds.g.order_late": Text("Order is late: % of its usual gap", "到期未下单：占通常间隔 %"),
    "thresholds.g.order_gap": Text("Behind this month: % missing", "本月缺口：缺口 %"),
    "thresholds.g.mix_below_target": Text(
        "Mix below target: points missing", "品类占比不足：低于目标的百分点"
    ),
    "thresholds.g.active_rate_low": Text(
        "Active rate low: points below target", "活跃率偏低：低于目标的百分点"
    ),
    "thresholds.g.prospect_unvisited": Text("Prospect not visited", "潜客未拜访"),
    "thresholds.g.dormant_valuable": Text("Good customer gone quiet", "优质客户沉睡"),
    "thresholds.f.warning_days": Text("Warning from day", "警告（天数）"),
    "thresholds.f.critical_days": Text("Urgent from day", "紧急（天数）"),
    "thresholds.f.critical_amount": Text("Urgent from amount", "紧急（金额）"),
    "thresholds.f.days": Text("Days before it is due", "到期前天数"),
    "thresholds.f.warning_amount": Text("Warning from amount", "警告（金额）"),
    "thresholds.f.warning_percent": Text("Warning from", "警告"),
    "thresholds.f.critical_percent": Text("Urgent from", "紧急"),
    "thresholds.f.critical_level": Text("Urgent after missed deadlines", "紧急（裁定超期次数）"),
    "thresholds.f.decision_days": Text("Decisions: days", "裁定结果（天）"),
    "thresholds.f.bounced_days": Text("Bounced payments: days", "被退回款（天）"),
    "thresholds.f.grades": Text("Grades with days of their own", "各等级单独的天数"),
    "thresholds.h.prospect_unvisited.grades": Text(
        "a line for each: grade, warning from day, urgent from day", "每行一个等级：等级、警告天数、紧急天数"
    ),
    "thresholds.f.value": Text("From amount at stake", "潜在损失达到"),
}
