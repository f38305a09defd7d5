"""What an alert says, in Chinese and English: made of its facts whenever somebody reads it.

How facts are written is in services/insights/wording.py.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "zh"]
LONGEST = 500


@dataclass(frozen=True, slots=True)
class Words:
    """Templates: ``{name}`` is the customer's name or id, other names are facts."""

    title: str
    evidence: str
    step: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What an alert says: at most 500 characters each."""

    title: str
    evidence: str
    step: str


def fill(kind: str, language: Language, values: Mapping[str, str]) -> Reading:
    """Return what an alert of a kind says.

    Args:
        values: the facts as they are written in this language, and ``name``; what is not among them is left out.
    """
    words = WORDS[kind][language]
    known = defaultdict(str, values)
    return Reading(*(cut(text.format_map(known)) for text in (words.title, words.evidence, words.step)))


def cut(text: str) -> str:
    """Return a text that is not longer than readings are."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


WORDS: dict[str, dict[Language, Words]] = {
    "order_held": {
        "en": Words(
            "Order {order_id} of {name} is held",
            "{amount}; fails: {rules}",
            "Tell the customer what is missing: a payment, or a release by finance until {due_on}.",
        ),
        "zh": Words(
            "{name} 的订单 {order_id} 待放行",
            "金额 {amount}；未通过：{rules}",
            "告知客户先回款，或请财务在{due_on}前放行。",
        ),
    },
    "order_released": {
        "en": Words(
            "Order {order_id} of {name} is released",
            "{amount}; released by {by}",
            "Deliver it.",
        ),
        "zh": Words("{name} 的订单 {order_id} 已放行", "金额 {amount}；放行：{by}", "安排发货。"),
    },
    "order_rejected": {
        "en": Words(
            "Order {order_id} of {name} is rejected",
            "{amount}; reasons: {rules}",
            "Tell the customer, and agree on what can be delivered.",
        ),
        "zh": Words(
            "{name} 的订单 {order_id} 被拒绝",
            "金额 {amount}；原因：{rules}",
            "告知客户，并商定可以发货的部分。",
        ),
    },
    "order_escalated": {
        "en": Words(
            "Nobody ruled on held order {order_id} of {name} in time",
            "{amount}; {level} deadlines missed, the last on {missed}",
            "Release or reject it, the next deadline is {due_on}.",
        ),
        "zh": Words(
            "{name} 的待放行订单 {order_id} 超期未裁定",
            "金额 {amount}；已错过 {level} 次期限，最近一次{missed}",
            "请放行或拒绝，下一期限{due_on}。",
        ),
    },
    "approval_requested": {
        "en": Words(
            "{requested_by} asks for a second person: {approval_kind} for {name}",
            "{amount} {order_id}; reason given: {reason}",
            "Approve or refuse it until {due_on}.",
        ),
        "zh": Words(
            "{requested_by} 申请二次审批：{name}（{approval_kind}）",
            "{amount} {order_id}；理由：{reason}",
            "请在{due_on}前同意或驳回。",
        ),
    },
    "order_undecided": {
        "en": Words(
            "An order of {name} waits for a credit decision", "{order_id}", "See whether credit runs."
        ),
        "zh": Words("{name} 的订单等待信用裁定", "{order_id}", "检查信用服务是否正常。"),
    },
    "payment_bounced": {
        "en": Words(
            "A payment of {name} bounced",
            "{payment_id}: {amount}, taken back on {day}",
            "Call today; deliver nothing on credit until it is settled.",
        ),
        "zh": Words(
            "{name} 的回款被退回",
            "{payment_id}：{amount}，{day}退回",
            "今天联系客户；结清前暂停赊账发货。",
        ),
    },
    "overdue": {
        "en": Words(
            "{name} is overdue for {days} days",
            "{amount} in {items} invoices",
            "Ask for the payment and agree on a day.",
        ),
        "zh": Words("{name} 已逾期 {days} 天", "{amount}，共 {items} 张发票", "催收并约定付款日。"),
    },
    "invoice_due_soon": {
        "en": Words(
            "Invoice {invoice_id} of {name} is due on {due_on}",
            "{amount} open",
            "Remind the customer.",
        ),
        "zh": Words(
            "{name} 的发票 {invoice_id} 将于{due_on}到期",
            "未结 {amount}",
            "提醒客户付款。",
        ),
    },
    "limit_nearly_used": {
        "en": Words(
            "{name} has used {percent} % of the credit limit",
            "{exposure} of {limit}",
            "Collect, or have the limit reviewed, before the next order is held.",
        ),
        "zh": Words(
            "{name} 的信用额度已用 {percent}%",
            "{exposure} / {limit}",
            "在下一单被拦下之前催收回款，或申请调整额度。",
        ),
    },
    "risk_class_worse": {
        "en": Words(
            "The risk class of {name} fell from {from_class} to {to_class}",
            "{why}",
            "Review limit and terms.",
        ),
        "zh": Words("{name} 的风险等级由 {from_class} 降至 {to_class}", "{why}", "复核额度与账期。"),
    },
    "class_fell": {
        "en": Words(
            "{name} fell from class {from_class} to {to_class}",
            "Moved by {dimension}",
            "Visit, and ask what changed.",
        ),
        "zh": Words(
            "{name} 由 {from_class} 类降至 {to_class} 类", "变动维度：{dimension}", "拜访客户了解原因。"
        ),
    },
    "order_late": {
        "en": Words(
            "{name} usually orders every {usual_gap_days} days; {days_since} have passed",
            "Expected on {expected_on}",
            "Call and ask about stock.",
        ),
        "zh": Words(
            "{name} 通常每 {usual_gap_days} 天下单，现已 {days_since} 天未下单",
            "预计{expected_on}下单",
            "致电询问库存。",
        ),
    },
    "order_gap": {
        "en": Words(
            "{name} is behind what was expected for {month}",
            "Heading for {amount} of {expected}",
            "Ask for the missing order.",
        ),
        "zh": Words("{name} {month}订单有缺口", "全月预计 {amount} / 预期 {expected}", "跟进未下的订单。"),
    },
    "mix_below_target": {
        "en": Words(
            "{name} buys too little of {group}",
            "{percent} % against a target of {target_percent} %",
            "Offer {group} with the next order.",
        ),
        "zh": Words(
            "{name} 的 {group} 占比不足",
            "{percent}%，目标 {target_percent}%",
            "下一单推荐 {group}。",
        ),
    },
    "dormant_valuable": {
        "en": Words(
            "{name} is dormant and was worth {amount}",
            "Nothing for {days} days; chance of return {chance_percent} %",
            "Visit with an offer.",
        ),
        "zh": Words(
            "{name} 已沉睡，涉及金额 {amount}",
            "{days} 天未交易；回流概率 {chance_percent}%",
            "带方案拜访。",
        ),
    },
    "prospect_unvisited": {
        "en": Words(
            "Nobody has visited the prospect {name} yet",
            "Entered on {entered_on}, {days} days ago or more; grade: {grade}",
            "Visit, or agree on a day; if nothing will come of it, give the prospect up.",
        ),
        "zh": Words(
            "潜在客户 {name} 至今无人拜访",
            "{entered_on}登记，已满 {days} 天；等级：{grade}",
            "尽快拜访或约定日期；确认无意向的，请标记为放弃。",
        ),
    },
    "active_rate_low": {
        "en": Words(
            "The active rate of {name} is below its target in {month}",
            "{percent} % against {target_percent} %",
            "Look at the customers without an order together.",
        ),
        "zh": Words(
            "{name} {month}的客户活跃率低于目标",
            "{percent}%，目标 {target_percent}%",
            "一起梳理未下单客户。",
        ),
    },
}
"""Kind to its words per language."""
