"""Receivables: ageing, what falls due, whom to call, and what one customer owes."""

from services.kit.web.texts import Text, Texts

_AGEING: Texts = {
    "ageing.title": Text("Receivables", "应收账款"),
    "ageing.lead": Text("What customers owe, as of {day}", "截至{day}的客户欠款"),
    "ageing.tab": Text("By age", "账龄"),
    "ageing.tabs": Text("Ways to look at receivables", "应收账款视图"),
    "ageing.currencies": Text("Currency", "币种"),
    "ageing.as_of": Text("As of", "截止日"),
    "ageing.show": Text("Show", "查看"),
    "ageing.now": Text("Today", "今天"),
    "ageing.customer": Text("Customer", "客户"),
    "ageing.list": Text("Customers by what they owe", "客户欠款明细"),
    "ageing.chart": Text("Open invoices by days past due", "未结发票按逾期天数"),
    "ageing.open": Text("Open invoices", "未结发票"),
    "ageing.age": Text("Days past due", "逾期天数"),
    "ageing.overdue": Text("Overdue", "逾期"),
    "ageing.receivables": Text("Receivables", "应收账款"),
    "ageing.unapplied": Text("Money not applied", "未核销款项"),
    "ageing.net": Text("Net", "净额"),
    "ageing.tile.overdue": Text(
        "{share} of receivables, the oldest by {oldest}", "占应收 {share}，最久逾期{oldest}"
    ),
    "ageing.tile.owing": Text("{n} customers owe", "{n} 家客户欠款", one="{n} customer owes"),
    "ageing.tile.net": Text("receivables less money not applied", "应收减未核销款项"),
    "ageing.oldest": Text("up to {days}", "最久{days}"),
    "ageing.bucket.current": Text("Not yet due", "未到期"),
    "ageing.bucket.days_1_30": Text("1–30 days", "1–30 天"),
    "ageing.bucket.days_31_60": Text("31–60 days", "31–60 天"),
    "ageing.bucket.days_61_90": Text("61–90 days", "61–90 天"),
    "ageing.bucket.over_90": Text("Over 90 days", "90 天以上"),
    "ageing.empty": Text("Nobody owes anything", "没有客户欠款"),
    "ageing.empty.hint": Text(
        "Take a filter away, or choose another day, to see more.", "请清除筛选或选择其他日期。"
    ),
    "ageing.filter.bucket": Text("Age", "账龄"),
    "ageing.filter.overdue": Text("Overdue for", "逾期"),
    "ageing.filter.overdue.any": Text("Any time", "所有逾期"),
    "ageing.filter.overdue.more": Text("More than {days}", "超过{days}"),
    "ageing.filter.unapplied": Text("Money not applied", "未核销款项"),
    "ageing.filter.unapplied.true": Text("Some", "有"),
    "ageing.filter.unapplied.false": Text("None", "无"),
}

_TODAY: Texts = {
    "today.overdue.none": Text("Nothing is overdue", "没有逾期欠款"),
    "today.overdue.none.hint": Text("Everybody has paid what was due.", "到期款项均已付清。"),
    "today.overdue.items": Text("{n} invoices", "{n} 张发票", one="{n} invoice"),
    "today.overdue.by": Text("the oldest {days} past due", "最久已逾期{days}"),
    "today.overdue.of": Text("of {amount} owed", "共欠 {amount}"),
    "today.overdue.total": Text("overdue in all: {amount}", "逾期合计：{amount}"),
}

_DUE: Texts = {
    "due.tab": Text("Due calendar", "到期日历"),
    "due.lead": Text("What falls due from {first} to {last}", "{first}至{last}到期的应收"),
    "due.list": Text("What falls due", "到期明细"),
    "due.chart": Text("Falls due per day", "每日到期金额"),
    "due.day": Text("Due", "到期日"),
    "due.amount": Text("Falls due", "到期金额"),
    "due.invoices": Text("Invoices", "发票数"),
    "due.customers": Text("Customers", "客户数"),
    "due.count": Text("{n} invoices", "{n} 张发票", one="{n} invoice"),
    "due.tile.forward": Text("Due before and still open", "此前到期未收"),
    "due.tile.due": Text("Due in these days", "期间到期"),
    "due.tile.later": Text("Due later", "之后到期"),
    "due.filter.from": Text("From", "从"),
    "due.filter.to": Text("To", "至"),
    "due.per": Text("Shown", "显示"),
    "due.per.day": Text("Day by day", "按日"),
    "due.per.customer": Text("Day and customer", "按日和客户"),
    "due.empty": Text("Nothing falls due in these days", "此期间没有到期款项"),
    "due.empty.hint": Text("Choose other days to see more.", "请选择其他日期。"),
}

_CALLS: Texts = {
    "calls.tab": Text("Whom to call", "催收名单"),
    "calls.lead": Text(
        "Where a call brings most comes first. Who pays anyway comes late, and so does who will not pay for long.",
        "致电效果最大的客户排在最前；本来就会付款的和短期内不会付款的靠后。",
    ),
    "calls.list": Text("Customers to call", "待联系客户"),
    "calls.overdue": Text("Overdue", "逾期"),
    "calls.about": Text("To talk about", "涉及金额"),
    "calls.recovery": Text("Expected from a call", "预计回款"),
    "calls.statement": Text("Statement", "对账单"),
    "calls.class": Text("Risk", "风险"),
    "calls.class.of": Text("Class {name}", "{name} 级"),
    "calls.filter.only": Text("What", "范围"),
    "calls.filter.only.true": Text("Overdue only", "仅逾期"),
    "calls.empty": Text("Nobody needs a call", "没有需要联系的客户"),
    "calls.empty.hint": Text(
        "Customers appear here when invoices fall due.", "发票临近到期时，客户会出现在这里。"
    ),
}

_OWED: Texts = {
    "owed.title": Text("What {customer} owes", "{customer} 的欠款"),
    "owed.lead": Text("As of {day}", "截至{day}"),
    "owed.grace": Text("Overdue begins {days} after the due day.", "到期日后{days}起算逾期。"),
    "owed.statement": Text("Statement of account", "对账单"),
    "owed.spreadsheet": Text("Statement as CSV", "对账单 CSV"),
    "owed.card": Text("Customer", "客户档案"),
    "owed.by_age": Text("By age", "账龄"),
    "owed.invoices": Text("Open invoices", "未结发票"),
    "owed.money": Text("Money not applied to an invoice", "未核销款项"),
    "owed.money.none": Text("All money that came in is applied.", "所有收款均已核销。"),
    "owed.kind.payment": Text("Payment", "收款"),
    "owed.kind.return": Text("Credit note", "贷项通知单"),
    "owed.kind.transfer": Text("Transfer", "客户间转账"),
    "owed.invoice": Text("Invoice", "发票"),
    "owed.issued": Text("Issued", "开票日"),
    "owed.due": Text("Due", "到期日"),
    "owed.state": Text("Age", "账龄"),
    "owed.open": Text("Open", "未结金额"),
    "owed.of": Text("of {amount}", "发票金额 {amount}"),
    "owed.order": Text("order {order}", "订单 {order}"),
    "owed.past": Text("{days} past due", "逾期{days}"),
    "owed.to_go": Text("due in {days}", "{days}后到期"),
    "owed.empty": Text("No invoice is open", "没有未结发票"),
    "owed.empty.hint": Text("Everything is paid.", "全部已付清。"),
}

TEXTS: Texts = {**_AGEING, **_TODAY, **_DUE, **_CALLS, **_OWED}
