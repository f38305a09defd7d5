"""Why an order is held, in a sentence per rule, with what was measured and what is allowed."""

from services.kit.web.texts import Text, Texts

TEXTS: Texts = {
    "rule.limit": Text("Over the limit", "超出信用额度"),
    "rule.overdue_amount": Text("Too much overdue", "逾期金额过高"),
    "rule.overdue_days": Text("Overdue for too long", "逾期时间过长"),
    "rule.overdue_items": Text("Too many invoices overdue", "逾期发票过多"),
    "rule.single_order_maximum": Text("Order too large", "单笔订单过大"),
    "rule.manual_hold": Text("Held by finance", "财务人工冻结"),
    "rule.blacklist": Text("Blacklisted", "黑名单客户"),
    "rule.currency": Text("Currency without a rate", "缺少汇率"),
    "rule.manual_rejection": Text("Rejected by hand", "人工拒绝"),
    "rule.cancelled": Text("Cancelled", "已取消"),
    "rule.overdue_share": Text("Large share overdue", "逾期占比过高"),
    "rule.expired_review": Text("Review is late", "信用复核过期"),
    "rule.payment_behaviour": Text("Pays late", "付款习惯差"),
    "rule.term_change": Text("Longer terms asked for", "要求延长账期"),
    "reason.limit": Text(
        "With this order the exposure would be {value}; the limit is {threshold}. That is {excess} too much.",
        "加上此订单，占用额度将达 {value}，信用额度为 {threshold}，超出 {excess}。",
    ),
    "reason.overdue_amount": Text(
        "{value} is overdue; {threshold} is allowed. That is {excess} too much.",
        "逾期金额 {value}，允许 {threshold}，超出 {excess}。",
    ),
    "reason.overdue_days": Text(
        "The oldest overdue invoice is {value} days past its due day; {threshold} are allowed.",
        "最早的逾期发票已逾期 {value} 天，允许 {threshold} 天。",
    ),
    "reason.overdue_items": Text(
        "{value} invoices are overdue; {threshold} are allowed.",
        "有 {value} 张发票逾期，允许 {threshold} 张。",
    ),
    "reason.single_order_maximum": Text(
        "The order is {value}; the largest single order allowed is {threshold}. That is {excess} too much.",
        "订单金额 {value}，单笔上限 {threshold}，超出 {excess}。",
    ),
    "reason.manual_hold": Text(
        "Finance holds all orders of this customer: {value}", "财务冻结了该客户的全部订单：{value}"
    ),
    "reason.blacklist": Text("The customer is blacklisted: {value}", "客户在黑名单中：{value}"),
    "reason.currency": Text(
        "The order is in {value}, the account is kept in {threshold}, and the exchange rate is missing.",
        "订单币种为 {value}，账户币种为 {threshold}，缺少汇率。",
    ),
    "reason.manual_rejection": Text("Rejected by hand: {value}", "人工拒绝：{value}"),
    "reason.cancelled": Text("Cancelled: {value}", "已取消：{value}"),
    "reason.overdue_share": Text(
        "{value} % of the open invoices is overdue; {threshold} % is allowed.",
        "未结发票中 {value}% 已逾期，允许 {threshold}%。",
    ),
    "reason.expired_review": Text(
        "The review of the terms is {value} days late; {threshold} are allowed.",
        "信用复核已过期 {value} 天，允许 {threshold} 天。",
    ),
    "reason.payment_behaviour": Text(
        "Invoices were paid {value} days late on average; {threshold} are allowed.",
        "发票平均逾期 {value} 天付款，允许 {threshold} 天。",
    ),
    "reason.term_change": Text(
        "The order asks for {value} days to pay; {threshold} are allowed.",
        "订单要求账期 {value} 天，允许 {threshold} 天。",
    ),
}
