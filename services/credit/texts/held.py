"""Held orders: the queue, one order, and what is done about it."""

from services.kit.web.texts import Text, Texts

_QUEUE: Texts = {
    "held.title": Text("Held orders", "待放行订单"),
    "held.lead": Text(
        "Orders that wait for a ruling. An order leaves by itself when a payment or a higher limit makes it pass.",
        "等待裁定的订单。客户付款或额度提高后，符合条件的订单会自动放行。",
    ),
    "held.count": Text("{n} held orders", "{n} 张待放行订单", one="{n} held order"),
    "held.order": Text("Order", "订单"),
    "held.customer": Text("Customer", "客户"),
    "held.amount": Text("Amount", "金额"),
    "held.why": Text("Why", "原因"),
    "held.status": Text("Status", "状态"),
    "held.placed": Text("Placed", "下单时间"),
    "held.due": Text("Rule by", "裁定期限"),
    "held.empty": Text("No order is on hold", "没有待放行订单"),
    "held.empty.hint": Text(
        "New ones appear here by themselves. Take filters away if you expected some.",
        "新的待放行订单会自动出现；如有筛选条件请先清除。",
    ),
    "held.filter.customer": Text("Customer’s number", "客户编号"),
    "held.filter.mine": Text("Owner", "负责人"),
    "held.filter.unclaimed": Text("Work", "处理情况"),
    "held.filter.unclaimed.true": Text("Nobody’s", "无人处理"),
    "held.filter.unclaimed.false": Text("Somebody’s", "已有负责人"),
    "held.filter.escalated": Text("Deadline", "期限"),
    "held.filter.escalated.true": Text("Missed", "已超期"),
    "held.filter.escalated.false": Text("Not missed", "未超期"),
    "held.filter.due_before": Text("Rule before", "期限早于"),
    "held.nobody": Text("Nobody", "无人"),
    "held.mine": Text("You", "您"),
    "held.status.new": Text("New", "新"),
    "held.status.claimed": Text("In work", "处理中"),
    "held.status.second": Text("Second approval", "待二次审批"),
    "held.status.escalated": Text("Deadline missed", "已超期"),
    "held.no_deadline": Text("no deadline", "无期限"),
    "held.waits": Text("waits {days}", "已等待{days}"),
    "held.tile.orders": Text("Orders on hold", "待放行订单数"),
    "held.tile.unclaimed": Text("Nobody works on", "无人处理"),
    "held.tile.escalated": Text("Deadline missed", "已超期"),
    "held.tile.second": Text("Wait for a second person", "待二次审批"),
}

_ORDER: Texts = {
    "order.title": Text("Order {order}", "订单 {order}"),
    "order.state.held": Text("On hold", "待放行"),
    "order.state.approved": Text("Approved", "已放行"),
    "order.state.rejected": Text("Rejected", "已拒绝"),
    "order.state.cancelled": Text("Cancelled", "已取消"),
    "order.state.invoiced": Text("Invoiced", "已开票"),
    "order.settled": Text("This order does not wait any more.", "此订单已无需裁定。"),
    "order.why": Text("Why it is on hold", "为什么被拦下"),
    "order.was": Text("What was decided", "裁定结果"),
    "order.passed": Text("It fails no rule.", "未违反任何规则。"),
    "order.documents": Text("Documents", "相关单据"),
    "order.exposure": Text("Exposure against the limit", "额度占用情况"),
    "order.exposure.invoiced": Text("Invoiced, unpaid", "已开票未付"),
    "order.exposure.shipped": Text("Shipped", "已发货"),
    "order.exposure.open": Text("Open orders", "未发货订单"),
    "order.exposure.this": Text("This order", "此订单"),
    "order.limit": Text("Limit", "信用额度"),
    "order.limit.none": Text("unlimited", "不限"),
    "order.available": Text("Still available", "剩余额度"),
    "order.overdue": Text("Overdue", "逾期金额"),
    "order.overdue.days": Text("Oldest overdue", "最长逾期"),
    "order.late": Text("Pays on average", "平均付款"),
    "order.late.days": Text("{days} late", "逾期{days}"),
    "order.late.never": Text("nothing paid yet", "尚无付款"),
    "order.unapplied": Text("Money in hand", "未核销款项"),
    "order.promised": Text("Delivery promised", "承诺交货"),
    "order.what_if": Text("What amount would pass?", "多大金额可以放行？"),
    "order.what_if.amount": Text("Move to try a smaller or larger order", "拖动滑块试算不同金额"),
    "order.what_if.passes": Text("{amount} would pass", "{amount} 可以放行"),
    "order.what_if.held": Text("{amount} would be held", "{amount} 会被拦下"),
    "order.what_if.rejected": Text("{amount} would be rejected", "{amount} 会被拒绝"),
    "order.what_if.largest": Text(
        "The largest amount that passes now is {amount}.", "目前可放行的最大金额为 {amount}。"
    ),
    "order.what_if.any": Text("Any amount passes now.", "目前任何金额均可放行。"),
    "order.what_if.none": Text("No amount passes now.", "目前任何金额均无法放行。"),
    "order.what_if.pay": Text(
        "If the customer paid {n} invoices, {amount} together, it would pass:",
        "若客户支付 {n} 张发票（合计 {amount}），即可放行：",
        one="If the customer paid one invoice of {amount}, it would pass:",
    ),
    "order.what_if.no_payment": Text(
        "No payment of invoices would make it pass.", "支付发票也无法使其放行。"
    ),
    "order.due.since": Text("{days} past due", "逾期{days}"),
    "order.due.on": Text("due {day}", "{day}到期"),
    "order.work": Text("Ruling", "裁定"),
    "order.claim": Text("Claim", "认领"),
    "order.unclaim": Text("Give back", "退回"),
    "order.note": Text("Note", "备注"),
    "order.release": Text("Release", "放行"),
    "order.reject": Text("Reject", "拒绝"),
    "order.history": Text("History", "历史记录"),
}

_ACTIONS: Texts = {
    "act.release.title": Text("Release {order}", "放行 {order}"),
    "act.release.lead": Text(
        "The order is approved although it fails a rule. Your reason goes into the journal.",
        "订单虽违反规则仍予放行，您填写的理由将记入日志。",
    ),
    "act.reject.title": Text("Reject {order}", "拒绝 {order}"),
    "act.reject.lead": Text(
        "The order is turned down for good. Your reason goes into the journal.",
        "订单将被最终拒绝，您填写的理由将记入日志。",
    ),
    "act.note.title": Text("Note on {order}", "为 {order} 添加备注"),
    "act.note.lead": Text(
        "For whoever works on it next. Notes are never changed.", "供后续处理人参考，备注不可修改。"
    ),
    "act.note.text": Text("Note", "备注"),
    "act.note.save": Text("Save note", "保存备注"),
    "act.approve.title": Text("Approve the release", "批准放行"),
    "act.approve.lead": Text("{by} asked for a second person: {reason}", "{by} 申请二次审批：{reason}"),
    "act.approve": Text("Approve", "批准"),
    "act.refuse.title": Text("Refuse the release", "不予放行"),
    "act.refuse": Text("Refuse", "不批准"),
    "act.withdraw": Text("Withdraw the request", "撤回申请"),
    "act.reason": Text("Reason", "理由"),
    "act.reason.hint": Text("Such as: agreed with the owner, pays on Friday", "例如：已与老板沟通，周五付款"),
    "act.second": Text("Waits for a second person", "等待二次审批"),
    "act.second.by": Text("{by} asked on {at}: {reason}", "{by} 于 {at} 申请：{reason}"),
    "done.claimed": Text("{order} is yours", "{order} 已由您负责"),
    "done.unclaimed": Text("{order} was given back", "{order} 已退回"),
    "done.noted": Text("The note is saved", "备注已保存"),
    "done.released": Text("{order} is released", "{order} 已放行"),
    "done.asked": Text(
        "{order} is above your ceiling: a second person is asked", "{order} 超出您的权限，已提交二次审批"
    ),
    "done.rejected": Text("{order} is rejected", "{order} 已拒绝"),
    "done.approved": Text("{order} is approved and released", "{order} 已批准并放行"),
    "done.refused": Text("The request is refused", "申请已被拒绝"),
    "done.withdrawn": Text("The request is withdrawn", "申请已撤回"),
}

_HISTORY: Texts = {
    "step.approved": Text("Approved", "已放行"),
    "step.held": Text("Put on hold", "被拦下"),
    "step.rejected": Text("Rejected", "已拒绝"),
    "step.cancelled": Text("Cancelled", "已取消"),
    "step.escalated": Text("Deadline missed", "超期升级"),
    "step.claimed": Text("Claimed", "认领"),
    "step.unclaimed": Text("Given back", "退回"),
    "step.assigned": Text("Assigned", "指派"),
    "step.note": Text("Note", "备注"),
    "step.approval requested": Text("Second person asked", "申请二次审批"),
    "step.approval approved": Text("Second person approved", "二次审批通过"),
    "step.approval refused": Text("Second person refused", "二次审批拒绝"),
    "step.approval withdrawn": Text("Request withdrawn", "申请撤回"),
    "step.approval expired": Text("Request expired", "申请失效"),
    "step.by": Text("by {by}", "操作人：{by}"),
    "step.by.two": Text("by {by} and {second}", "操作人：{by}、{second}"),
}

_SEARCH: Texts = {
    "credit.search.none": Text("No order with this number is on hold", "没有该编号的待放行订单"),
    "today.held.more": Text("and {n} more", "另有 {n} 张"),
    "today.held.none": Text("No order waits for you", "没有待处理订单"),
    "today.held.none.hint": Text("A held order appears here within a second.", "新的待放行订单会即时出现。"),
}

TEXTS: Texts = {**_QUEUE, **_ORDER, **_ACTIONS, **_HISTORY, **_SEARCH}
