"""Alerts: the inbox, one alert, and what is done about it."""

from services.kit.web.texts import Text, Texts

_INBOX: Texts = {
    "alerts.title": Text("Alerts", "预警"),
    "alerts.lead": Text(
        "What needs somebody. An alert goes away by itself when its cause is gone.",
        "需要有人处理的事项。原因消除后，预警会自动解除。",
    ),
    "alerts.count": Text("{n} new alerts", "{n} 条新预警", one="{n} new alert"),
    "alerts.what": Text("Alert", "预警内容"),
    "alerts.customer": Text("Customer", "客户"),
    "alerts.customer.id": Text("Customer’s number", "客户编号"),
    "alerts.severity": Text("Urgency", "紧急程度"),
    "alerts.state": Text("Status", "状态"),
    "alerts.state.open": Text("Open", "未解除"),
    "alerts.owner": Text("Whose", "负责人"),
    "alerts.role": Text("Whole team", "所属部门"),
    "alerts.kind": Text("Kind", "类型"),
    "alerts.raised": Text("Raised", "产生时间"),
    "alerts.until": Text("until {until}", "推迟至 {until}"),
    "alerts.empty": Text("No alerts", "没有预警"),
    "alerts.empty.hint": Text(
        "New ones appear here by themselves. Take filters away if you expected some.",
        "新的预警会自动出现；如有筛选条件请先清除。",
    ),
    "alerts.tile.open": Text("Open", "未解除"),
    "alerts.tile.urgent": Text("Urgent", "紧急"),
    "alerts.tile.new": Text("Nobody has taken up", "无人处理"),
    "alerts.tile.mine": Text("Yours", "由您负责"),
    "alerts.all_of.sales": Text("All of sales", "全体销售"),
    "alerts.all_of.finance": Text("All of finance", "全体财务"),
    "alerts.all_of.manager": Text("All managers", "全体管理人员"),
    "alert.state.raised": Text("New", "新"),
    "alert.state.acknowledged": Text("In work", "处理中"),
    "alert.state.snoozed": Text("Put off", "已推迟"),
    "alert.state.resolved": Text("Settled", "已解除"),
}

_KINDS: Texts = {
    "alert.kind.order_held": Text("Order on hold", "订单被拦下"),
    "alert.kind.order_released": Text("Order released", "订单放行"),
    "alert.kind.order_rejected": Text("Order rejected", "订单被拒绝"),
    "alert.kind.order_escalated": Text("Deadline missed", "裁定超期"),
    "alert.kind.approval_requested": Text("Second person asked", "申请二次审批"),
    "alert.kind.order_undecided": Text("No credit decision", "无信用裁定"),
    "alert.kind.payment_bounced": Text("Payment bounced", "回款被退"),
    "alert.kind.overdue": Text("Overdue", "逾期"),
    "alert.kind.invoice_due_soon": Text("Due soon", "即将到期"),
    "alert.kind.limit_nearly_used": Text("Limit nearly used", "额度将满"),
    "alert.kind.risk_class_worse": Text("Risk class fell", "风险等级下降"),
    "alert.kind.class_fell": Text("Class fell", "客户等级下降"),
    "alert.kind.order_late": Text("Order is late", "到期未下单"),
    "alert.kind.order_gap": Text("Behind this month", "本月缺口"),
    "alert.kind.mix_below_target": Text("Mix below target", "品类占比不足"),
    "alert.kind.dormant_valuable": Text("Good customer gone quiet", "优质客户沉睡"),
    "alert.kind.prospect_unvisited": Text("Prospect not visited", "潜客未拜访"),
    "alert.kind.active_rate_low": Text("Active rate low", "活跃率偏低"),
}

_ALERT: Texts = {
    "alert.evidence": Text("What is the case", "依据"),
    "alert.documents": Text("Documents", "相关单据"),
    "alert.step": Text("Suggested step", "建议措施"),
    "alert.about": Text("About", "对象"),
    "alert.occurrence": Text("Came up so many times", "出现次数"),
    "alert.work": Text("Work", "处理"),
    "alert.resolved": Text("Its cause is gone.", "原因已消除。"),
    "alert.resolved.stands": Text(
        "Settled although its cause stands. It comes back if that becomes worse.",
        "原因仍在但已手动解除，情况恶化时会再次出现。",
    ),
    "alert.acknowledge": Text("Take up", "开始处理"),
    "alert.snooze": Text("Put off", "推迟"),
    "alert.resolve": Text("Settle", "解除"),
    "alert.assign": Text("Hand over", "转交"),
    "alert.history": Text("History", "历史记录"),
    "alert.earlier": Text("The same before", "以往同类预警"),
    "alert.by": Text("by {by}", "操作人：{by}"),
    "alert.assigned.to": Text("To: {to}.", "转给：{to}。"),
    "alert.did.raised": Text("Raised", "产生"),
    "alert.did.acknowledged": Text("Taken up", "开始处理"),
    "alert.did.snoozed": Text("Put off", "推迟"),
    "alert.did.reopened": Text("Came back", "再次出现"),
    "alert.did.changed": Text("Changed", "内容更新"),
    "alert.did.assigned": Text("Handed over", "转交"),
    "alert.did.resolved": Text("Settled", "解除"),
    "alert.did.cause_gone": Text("Its cause went", "原因消除"),
    "alert.reason.gone": Text("The cause is gone.", "原因已消除。"),
    "alert.reason.time": Text("The time it was put off to has come.", "推迟期限已到。"),
    "alert.reason.worse": Text("It became worse.", "情况恶化。"),
    "alert.reason.customer": Text("The customer has another salesperson.", "客户已更换销售。"),
}

_ACTIONS: Texts = {
    "alert.act.acknowledge": Text("Take up the alert", "开始处理预警"),
    "alert.act.snooze": Text("Put the alert off", "推迟预警"),
    "alert.act.resolve": Text("Settle the alert", "解除预警"),
    "alert.act.assign": Text("Hand the alert over", "转交预警"),
    "alert.lead.acknowledge": Text(
        "Others see that you deal with it. It stays open until its cause is gone.",
        "其他人会看到您正在处理；原因消除前预警仍保留。",
    ),
    "alert.lead.snooze": Text(
        "It comes back on that day, or earlier if it becomes worse.", "到期或情况恶化时会再次出现。"
    ),
    "alert.lead.resolve": Text(
        "Settle it although its cause may stand. It comes back only if that becomes worse, or returns.",
        "原因可能仍在；只有恶化或再次发生时才会重新出现。",
    ),
    "alert.lead.assign": Text(
        "From then on it stays there, whoever looks after the customer.",
        "转交后由对方负责，不随客户的销售变动。",
    ),
    "alert.until": Text("Until", "推迟至"),
    "alert.until.hint": Text("It comes back at 9 in the morning of that day.", "当天上午 9 点再次提醒。"),
    "alert.to": Text("To whom", "转交给"),
    "alert.reason": Text("Reason", "理由"),
    "alert.reason.hint": Text("Such as: the customer pays on Friday", "例如：客户承诺周五付款"),
    "alert.note": Text("Note", "备注"),
    "alert.done.acknowledged": Text("You deal with it", "已由您处理"),
    "alert.done.snoozed": Text("The alert is put off", "预警已推迟"),
    "alert.done.resolved": Text("The alert is settled", "预警已解除"),
    "alert.done.assigned": Text("The alert is handed over", "预警已转交"),
}

TEXTS: Texts = {**_INBOX, **_KINDS, **_ALERT, **_ACTIONS}
