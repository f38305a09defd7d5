"""Customers gone quiet: who, what is at stake, who came back and by whose work."""

from services.kit.web.texts import Text, Texts

_LIST: Texts = {
    "dormant.title": Text("Gone quiet", "沉睡客户"),
    "dormant.lead": Text(
        "Customers that stopped ordering, the greatest value at stake first.",
        "停止下单的客户，按潜在损失从高到低排列。",
    ),
    "dormant.tabs": Text("Ways to look at it", "查看方式"),
    "dormant.tab.dormant": Text("Quiet now", "当前沉睡"),
    "dormant.tab.spells": Text("Came back", "回流记录"),
    "dormant.tab.rates": Text("By salesperson", "按销售人员"),
    "dormant.tab.effect": Text("Do follow-ups help?", "跟进效果"),
    "dormant.customer": Text("Customer", "客户"),
    "dormant.silence": Text("Silent for", "未下单"),
    "dormant.usual": Text("usually every {days}", "通常每{days}"),
    "dormant.amount": Text("Bought in a year", "近一年销售额"),
    "dormant.chance": Text("Chance of return", "回流概率"),
    "dormant.stake": Text("At stake", "潜在损失"),
    "dormant.followed_up": Text("Followed up", "跟进"),
    "dormant.followed_up.yes": Text("Followed up", "已跟进"),
    "dormant.followed_up.no": Text("Not yet", "未跟进"),
    "dormant.not_followed_up": Text("not yet", "未跟进"),
    "dormant.salesperson": Text("Salesperson", "销售人员"),
    "dormant.kind": Text("Quiet by", "判定方式"),
    "dormant.by.days": Text("Number of days", "按天数"),
    "dormant.by.rhythm": Text("Own rhythm", "按自身节奏"),
    "dormant.never": Text("Never bought", "从未下单"),
    "dormant.empty": Text("No customer has gone quiet", "没有沉睡客户"),
    "dormant.empty.hint": Text(
        "Everybody orders in their usual rhythm, or no one matches the filters.",
        "所有客户均按正常节奏下单，或没有符合筛选的客户。",
    ),
}

_REVIVED: Texts = {
    "spells.lead": Text(
        "When customers were quiet, who came back and who looked after them then.",
        "客户何时沉睡、何时回流，以及当时的负责人。",
    ),
    "spells.on": Text("Quiet since", "沉睡起始"),
    "spells.days": Text("For", "沉睡时长"),
    "spells.revived": Text("Came back", "是否回流"),
    "spells.back": Text("Came back", "已回流"),
    "spells.lasts": Text("Still quiet", "仍在沉睡"),
    "spells.from": Text("Back from", "回流起始"),
    "spells.to": Text("Back until", "回流截止"),
    "spells.credited": Text("Looked after by", "负责人"),
    "spells.follow_up": Text("Follow-up by", "跟进人"),
    "spells.empty": Text("No customer was quiet", "没有沉睡记录"),
    "spells.empty.hint": Text("Take filters away to see more.", "清除筛选可看到更多。"),
    "rates.lead": Text(
        "Of the customers that were quiet in a month, how many were followed up and how many came back.",
        "每月沉睡客户中，有多少被跟进、有多少回流。",
    ),
    "rates.month": Text("Month", "月份"),
    "rates.salesperson": Text("Salesperson", "销售人员"),
    "rates.dormant": Text("Quiet", "沉睡"),
    "rates.followed_up": Text("Followed up", "已跟进"),
    "rates.revived": Text("Came back", "回流"),
    "rates.after_follow_up": Text("After a follow-up", "跟进后回流"),
    "rates.rate": Text("Rate", "回流率"),
    "rates.interval": Text("95 % interval", "95% 区间"),
    "rates.empty": Text("Nobody was quiet in this month", "该月没有沉睡客户"),
    "rates.empty.hint": Text("Choose other months.", "请选择其他月份。"),
    "effect.lead": Text(
        "Customers that were followed up against those that were not.", "比较已跟进与未跟进的沉睡客户。"
    ),
    "effect.with": Text("Followed up", "已跟进"),
    "effect.without": Text("Not followed up", "未跟进"),
    "effect.none": Text("No customer in this group", "此组没有客户"),
    "effect.rate": Text("Came back", "回流率"),
    "effect.interval": Text("95 %: {low} to {high}", "95% 区间：{low} 至 {high}"),
    "effect.revived": Text("Customers", "客户数"),
    "effect.of": Text("{n} of {all}", "{all} 个中 {n} 个"),
    "effect.sales": Text("Sales per customer", "户均销售额"),
    "effect.reading": Text("What it says", "结论"),
    "effect.empty": Text(
        "There is nothing to compare: one of the groups is empty.", "其中一组没有客户，无法比较。"
    ),
    "effect.chance": Text(
        "The intervals overlap: the difference may be chance.", "区间重叠，差异可能出于偶然。"
    ),
    "effect.differs": Text(
        "The intervals do not overlap: the difference is more than chance.", "区间不重叠，差异不像偶然。"
    ),
    "effect.method": Text(
        "A follow-up counts in the first {landmark}; both groups are then watched for {horizon}. Whom to follow up was "
        "somebody’s choice, so this is a comparison and no experiment.",
        "前{landmark}内的跟进计入，之后两组各观察{horizon}。跟进对象由人选择，因此仅为对比，并非实验。",
    ),
}

TEXTS: Texts = {**_LIST, **_REVIVED}
