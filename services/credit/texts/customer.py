"""The parts of a customer's page that are about credit and money."""

from services.kit.web.texts import Text, Texts

TEXTS: Texts = {
    "account.none": Text("No account yet", "尚无信用账户"),
    "account.none.hint": Text(
        "Only orders paid in advance or in cash pass until finance sets terms.",
        "财务设定信用条件之前，仅预付款或现款订单可通过。",
    ),
    "account.exposure": Text("Exposure", "占用额度"),
    "account.temporary": Text("for now, until {day}", "临时额度，至{day}"),
    "account.term": Text("Term", "账期"),
    "account.cash": Text("cash", "现款"),
    "account.grace": Text("{days} of grace", "宽限{days}"),
    "account.risk": Text("Risk class", "风险等级"),
    "account.review": Text("Review on", "复核日期"),
    "account.held.none": Text("none", "无"),
    "account.money.none": Text("Nothing was ever invoiced or paid", "尚无开票或付款"),
    "account.money.nothing": Text("No invoice is open.", "没有未付发票。"),
    "account.receivables": Text("Open invoices", "应收余额"),
    "account.invoices": Text("{n} invoices", "{n} 张发票", one="{n} invoice"),
    "account.oldest": Text("oldest {days} past due", "最长逾期{days}"),
    "account.next_due": Text("Next due", "下次到期"),
    "account.last_payment": Text("Last payment", "最近付款"),
    "ageing.current": Text("Not yet due", "未到期"),
    "ageing.days_1_30": Text("1–30 days late", "逾期1–30天"),
    "ageing.days_31_60": Text("31–60 days late", "逾期31–60天"),
    "ageing.days_61_90": Text("61–90 days late", "逾期61–90天"),
    "ageing.over_90": Text("More than 90 days late", "逾期90天以上"),
}
