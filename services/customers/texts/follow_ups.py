"""Follow-ups: what is left to do about customers and prospects, and what came of it."""

from services.kit.web.texts import Text, Texts

_LIST: Texts = {
    "follow_ups.title": Text("Follow-ups", "跟进"),
    "follow_ups.lead": Text(
        "Calls and visits that are due, what was promised, and what came of it.",
        "到期的电话与拜访、客户的承诺以及跟进结果。",
    ),
    "follow_ups.show": Text("Which follow-ups", "跟进范围"),
    "follow_ups.show.due": Text("Due", "到期"),
    "follow_ups.show.overdue": Text("Overdue", "已逾期"),
    "follow_ups.show.open": Text("All open", "全部未完成"),
    "follow_ups.show.done": Text("Done", "已完成"),
    "follow_ups.whose": Text("Whose", "归属"),
    "follow_ups.whose.mine": Text("Mine", "我的"),
    "follow_ups.whose.all": Text("Everybody’s", "全部人员"),
    "follow_ups.whom": Text("About", "跟进对象"),
    "follow_ups.what": Text("What to do", "跟进内容"),
    "follow_ups.prospect": Text("prospect", "潜在客户"),
    "follow_ups.customer": Text("Customer’s number", "客户编号"),
    "follow_ups.how": Text("How", "方式"),
    "follow_ups.outcome": Text("Outcome", "结果"),
    "follow_ups.recorded": Text("Recorded", "记录时间"),
    "follow_ups.action": Text("Action", "操作"),
    "follow_ups.status.planned": Text("Planned", "已计划"),
    "follow_ups.status.waiting": Text("Waiting", "待办"),
    "follow_ups.status.done": Text("Done", "已完成"),
    "follow_ups.empty.due": Text("Nothing is due", "没有到期的跟进"),
    "follow_ups.empty.due.hint": Text(
        "What is planned for later is under “All open”.", "以后的计划请看“全部未完成”。"
    ),
    "follow_ups.empty.overdue": Text("Nothing is overdue", "没有逾期的跟进"),
    "follow_ups.empty.overdue.hint": Text("Well done.", "做得好。"),
    "follow_ups.empty.open": Text("Nothing is left to do", "没有未完成的跟进"),
    "follow_ups.empty.open.hint": Text(
        "Plan a call or a visit, and you are reminded on its day.", "可计划电话或拜访，到期会提醒。"
    ),
    "follow_ups.empty.done": Text("Nothing is done yet", "还没有已完成的跟进"),
    "follow_ups.empty.done.hint": Text(
        "What is recorded or completed appears here.", "记录或完成的跟进会出现在这里。"
    ),
}

_FORM: Texts = {
    "follow_ups.record": Text("Record a follow-up", "记录跟进"),
    "follow_ups.plan": Text("Plan a follow-up", "计划跟进"),
    "follow_ups.complete": Text("Complete", "完成"),
    "follow_ups.put_off": Text("Put off", "改期"),
    "follow_ups.save": Text("Save", "保存"),
    "follow_ups.choose": Text("Choose", "请选择"),
    "follow_ups.owner": Text("You, or who looks after them", "您或负责的业务员"),
    "follow_ups.happened_at": Text("When", "时间"),
    "follow_ups.contact": Text("Whom you spoke to", "联系人"),
    "follow_ups.notes": Text("Notes", "备注"),
    "follow_ups.next_step": Text("Next step", "下一步"),
    "follow_ups.remind_on": Text("Remind on", "提醒日期"),
    "follow_ups.remind_on.hint": Text(
        "On this day it is due, and an alert says so.", "到这一天即为到期，并会发出提醒。"
    ),
    "follow_ups.reason": Text("Reason", "原因"),
    "done.recorded": Text("The follow-up is recorded", "跟进已记录"),
    "done.planned": Text("The follow-up is planned", "跟进已计划"),
    "done.completed": Text("The follow-up is done", "跟进已完成"),
    "done.put_off": Text("The follow-up is put off", "跟进已改期"),
    "how.visit": Text("Visit", "拜访"),
    "how.call": Text("Call", "电话"),
    "how.message": Text("Message", "消息"),
    "how.mail": Text("Mail", "邮件"),
    "outcome.ordered": Text("Ordered", "已下单"),
    "outcome.promised_order": Text("Promised an order", "承诺下单"),
    "outcome.promised_payment": Text("Promised a payment", "承诺付款"),
    "outcome.paid": Text("Paid", "已付款"),
    "outcome.informed": Text("Informed", "已告知"),
    "outcome.not_interested": Text("Not interested", "无意向"),
    "outcome.complaint": Text("Complaint", "投诉"),
    "outcome.not_reached": Text("Not reached", "未联系上"),
    "outcome.other": Text("Other", "其他"),
}

_TODAY: Texts = {
    "today.calls.none": Text("Nobody is to be called", "今天没有需要联系的客户"),
    "today.calls.none.hint": Text("What is planned comes here on its day.", "计划的跟进到期后会出现在这里。"),
    "today.calls.by": Text("for {day}", "应于{day}"),
    "today.calls.more": Text("all that is due", "查看全部到期跟进"),
}

TEXTS: Texts = {**_LIST, **_FORM, **_TODAY}
