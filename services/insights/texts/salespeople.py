"""Salespeople: the league, one along the months, and commission."""

from services.kit.web.texts import Text, Texts

_LEAGUE: Texts = {
    "salespeople.title": Text("Salespeople", "销售人员"),
    "salespeople.lead": Text(
        "How each of them does this month: customers that order, sales, money collected, the gap to what is expected.",
        "每位销售人员本月的活跃客户、销售额、回款以及与预期的差距。",
    ),
    "salespeople.tabs": Text("Ways to look at it", "查看方式"),
    "salespeople.tab.league": Text("League", "排行榜"),
    "salespeople.tab.commission": Text("Commission", "提成"),
    "league.salesperson": Text("Salesperson", "销售人员"),
    "league.month": Text("Month", "月份"),
    "league.search": Text("Name or number", "姓名或编号"),
    "league.team": Text("Team", "团队"),
    "league.active": Text("Active rate", "活跃率"),
    "league.of": Text("{n} of {all} customers", "{n}/{all} 个客户"),
    "league.target": Text("Target", "目标"),
    "league.target.of": Text("target {percent}", "目标 {percent}"),
    "league.target.reached": Text("Reached", "已达标"),
    "league.target.below": Text("Below target", "未达标"),
    "league.target.not_below": Text("Reached, or none set", "已达标或未设目标"),
    "league.sales": Text("Sales", "销售额"),
    "league.profit": Text("profit {amount}", "毛利 {amount}"),
    "league.collections": Text("Collected", "回款"),
    "league.overdue": Text("{amount} overdue", "逾期 {amount}"),
    "league.gap": Text("Month’s gap", "本月缺口"),
    "league.expected": Text("of {amount} expected", "预期 {amount}"),
    "league.revived": Text("Revived", "唤回客户"),
    "league.follow_ups": Text("{n} follow-ups", "跟进 {n} 次", one="{n} follow-up"),
    "league.commission": Text("Commission", "提成"),
    "league.clawed_back": Text("{amount} clawed back", "追回 {amount}"),
    "league.empty": Text("Nobody to show", "没有销售人员"),
    "league.empty.hint": Text(
        "Nobody matches the filters, or no customer is assigned yet.", "没有符合筛选的人员，或尚未分配客户。"
    ),
    "salesperson.lead": Text("Month by month, the latest first.", "按月查看，最近的在前。"),
    "salesperson.months": Text("Months", "各月业绩"),
    "salesperson.target": Text("Target", "目标"),
    "salesperson.profit": Text("Profit", "毛利"),
    "salesperson.active.chart": Text("Active rate against target", "活跃率与目标"),
    "salesperson.sales.chart": Text("Sales and profit", "销售额与毛利"),
    "salesperson.commission.chart": Text("Commission", "提成"),
    "salesperson.empty": Text("Nothing happened in these months", "该时段没有业绩"),
    "salesperson.empty.hint": Text("Choose other months.", "请选择其他月份。"),
}

_COLLECTED: Texts = {
    "collected.title": Text("Money collected", "回款明细"),
    "collected.lead": Text(
        "Each payment on its day, and what was taken back, for who looked after the customer that day.",
        "每笔付款及其退回，按到账当日的负责销售人员归属。",
    ),
    "collected.day": Text("Day", "日期"),
    "collected.customer": Text("Customer", "客户"),
    "collected.document": Text("Payment", "付款"),
    "collected.amount": Text("Amount", "金额"),
    "collected.kind.payment": Text("Received", "到账"),
    "collected.kind.reversal": Text("Taken back", "退回"),
    "collected.received": Text("Received", "到账"),
    "collected.reversed": Text("Taken back", "退回"),
    "collected.count.payment": Text("{n} payments", "{n} 笔付款", one="{n} payment"),
    "collected.count.reversal": Text("{n} payments", "{n} 笔付款", one="{n} payment"),
    "collected.empty": Text("No payments here", "没有回款"),
    "collected.empty.hint": Text(
        "Nothing was collected in these months, or nothing matches the filters.",
        "该时段没有回款，或没有符合筛选的付款。",
    ),
}

_COMMISSION: Texts = {
    "commission.lead": Text(
        "Earned when money is collected, taken back when goods return or a payment bounces.",
        "按回款计提；退货或付款被退回时追回。",
    ),
    "commission.by_tier": Text("By margin tier", "按毛利档"),
    "commission.tier": Text("Margin tier", "毛利档"),
    "commission.collected": Text("Collected, net", "回款（不含税）"),
    "commission.earned": Text("Earned", "计提"),
    "commission.clawed_back": Text("Clawed back", "追回"),
    "commission.amount": Text("Commission", "提成"),
    "commission.entries": Text("Entries", "明细数"),
    "commission.empty": Text("No commission yet", "暂无提成"),
    "commission.empty.hint": Text(
        "It needs rates in the margin tiers, and invoices that were paid; or take filters away.",
        "需在毛利档中设定提成比例，且发票已付款；也可清除筛选。",
    ),
    "commission.documents": Text("Commission by document", "提成明细"),
    "commission.documents.lead": Text(
        "What each payment earned of an invoice, and what was taken back, the latest first.",
        "每笔回款对应发票的提成，以及追回的部分，最近的在前。",
    ),
    "commission.invoice": Text("Invoice", "发票"),
    "commission.customer": Text("Customer", "客户"),
    "commission.cause": Text("Because of", "事由"),
    "commission.cause.payment": Text("Payment", "付款"),
    "commission.cause.reversal": Text("Payment bounced", "付款被退回"),
    "commission.cause.return": Text("Return", "退货"),
    "commission.cause.write_off": Text("Written off", "核销"),
    "commission.cause.invoice": Text("Paid in advance", "预收款抵扣"),
}

TEXTS: Texts = {**_LEAGUE, **_COLLECTED, **_COMMISSION}
