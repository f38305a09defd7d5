"""What the rules and the API of credit say in English, and its Chinese."""

from services.kit.web.texts import Text

_ORDERS = (
    Text("order {order} is not known", "订单 {order} 不存在"),
    Text("order {order} of customer {customer} is not known", "客户 {customer} 没有订单 {order}"),
    Text("order {order} is not held", "订单 {order} 不是待放行状态"),
    Text(
        "order {order} is not held; decision {version}: {outcome} by {by} at {at}",
        "订单 {order} 已由 {by} 裁定，不再待放行",
    ),
    Text(
        "order {order} is not held; decision {version}: {outcome} at {at}", "订单 {order} 已裁定，不再待放行"
    ),
    Text("order {order} is {status}, not held", "订单 {order} 不是待放行状态"),
    Text("is not held", "不是待放行状态"),
    Text("order {order} is nobody's", "订单 {order} 无人认领"),
    Text("is not claimed", "无人认领"),
    Text("order {order} is claimed by {owner}", "订单 {order} 已由 {owner} 认领"),
    Text("order {order} is claimed by {owner} since {since}", "订单 {order} 已由 {owner} 认领"),
    Text("is claimed by {owner}", "已由 {owner} 认领"),
    Text("is claimed by {owner} since {since}", "已由 {owner} 认领"),
    Text("nothing about order {order} waits for a second person", "订单 {order} 没有待二次审批的申请"),
    Text("the customer is blacklisted; lift the blacklisting first", "客户在黑名单中，请先移出黑名单"),
    Text(
        "the order is in {own}, the account in {kept}, and it has no exchange_rate",
        "订单币种为 {own}，账户币种为 {kept}，缺少汇率",
    ),
    Text("order {order} was placed before with another content", "订单 {order} 已存在且内容不同"),
    Text("order {order} is in {own}, not {other}", "订单 {order} 的币种为 {own}，不是 {other}"),
    Text("order {order} belongs to customer {customer}", "订单 {order} 属于客户 {customer}"),
    Text("{document} belongs to customer {customer}", "{document} 属于客户 {customer}"),
    Text(
        "order {order} is only announced: something about it came, but not the order itself",
        "订单 {order} 只收到相关消息，订单本身尚未到达",
    ),
    Text("is only announced: something about it came, but not the order itself", "订单本身尚未到达"),
)

_APPROVALS = (
    Text("request {id} is not known", "申请 {id} 不存在"),
    Text("the request {sentence}", "该申请{sentence}"),
    Text("is your own: another person must approve or refuse it", "由您本人提出，须由他人审批"),
    Text("was asked for by {name}, who alone can withdraw it", "由 {name} 提出，只能由其本人撤回"),
    Text("is {state} since {at}", "已处理完毕"),
    Text("is over: its last day is {last}, the business day is {day}", "已过期，最后一天为 {last}"),
    Text("is about terms that were changed in between: ask anew", "所涉条件已变更，请重新申请"),
    Text("is above your own ceiling of {most} {currency}", "超过您的审批上限 {most} {currency}"),
    Text(
        "{what} waits for a second person since {name} asked at {at}: request {id}",
        "已由 {name} 申请二次审批，等待处理",
    ),
    Text("waits for a second person since {name} asked at {at}", "已由 {name} 申请二次审批，等待处理"),
    Text("must be one of {roles}: other roles grant nothing", "应为{roles}之一，其他角色没有审批权限"),
    Text("nobody sets their own ceiling", "不能设置本人的审批上限"),
    Text("is your own", "是您本人"),
    Text("{name} has no ceiling in {currency}", "{name} 没有 {currency} 的审批上限"),
    Text("has none in {currency}", "没有 {currency} 的上限"),
    Text("say whose", "请选择对象"),
    Text("the proposal is {now} by now", "建议已更新，请重新打开"),
    Text("is not the present one, {now}", "不是当前的建议"),
)

_ACCOUNTS = (
    Text(
        "customer {customer} has no account: no terms were set and no order or payment came yet, so only orders paid "
        "in advance or in cash would pass",
        "客户 {customer} 尚无信用账户：未设定信用条件，也没有订单或回款，仅预付款或现款订单可通过",
    ),
    Text("has no account", "尚无信用账户"),
    Text(
        "customer {customer} had no account on {day}; its first entry is of {first}",
        "客户 {customer} 在 {day} 尚无账户",
    ),
    Text("is before the account's first entry, of {first}", "早于账户的首笔记录（{first}）"),
    Text("{day} has not begun: the business day is {today}", "{day} 尚未到，当前营业日为 {today}"),
    Text("must not be after the business day, {today}", "不能晚于当前营业日 {today}"),
    Text("{day} is over: the business day is {today}", "{day} 已过，当前营业日为 {today}"),
    Text("effective_from {sentence}", "生效日期：{sentence}"),
    Text("{last} is before from_day {first}", "截止日 {last} 早于起始日 {first}"),
    Text("is before from_day", "早于起始日"),
    Text("customer {customer} is not on hold", "客户 {customer} 未被冻结"),
    Text("is not on hold", "未被冻结"),
    Text(
        "the account has balances in {own}; it cannot change to {other}",
        "账户有 {own} 余额，不能改为 {other}",
    ),
    Text("the account is kept in {own}, not {other}", "账户币种为 {own}，不是 {other}"),
    Text("the account is kept in {own}, the rate leads to {other}", "账户币种为 {own}，汇率折算为 {other}"),
    Text(
        "the account is kept in {own}, not {other}, and exchange_rate is missing",
        "账户币种为 {own}，不是 {other}，缺少汇率",
    ),
    Text("the account is kept in {own} itself: 1, not {rate}", "账户币种即为 {own}，汇率应为 1，不是 {rate}"),
    Text("must be more than 0", "应大于 0"),
    Text("{amount} at {rate} is more than can be counted", "{amount} 按 {rate} 折算后过大"),
    Text(
        "the statement would have more than {n} lines; ask for a shorter period",
        "对账单超过 {n} 行，请缩短期间",
    ),
    Text("gives more than {n} lines", "超过 {n} 行"),
    Text("a period cannot end on {last} and begin on {first}", "期间截止日 {last} 早于起始日 {first}"),
    Text("must not be after the last day, {last}", "不能晚于截止日 {last}"),
    Text("a calendar has from 1 to {n} days; this would be {first} to {last}", "日历最多 {n} 天"),
    Text("must be from {first} to {last}", "应在 {first} 至 {last} 之间"),
)

_DOCUMENTS = (
    Text("no payment {payment} was received", "没有回款 {payment}"),
    Text("a payment of nothing is none", "金额应大于 0"),
    Text("a transfer of nothing is none", "金额应大于 0"),
    Text("add up to more than the payment", "合计超过回款金额"),
    Text("the allocations add up to more than the payment", "核销合计超过回款金额"),
    Text(
        "payment {payment} was taken back before it was reported: there is nothing to apply",
        "回款 {payment} 在入账前已被退回，无可核销",
    ),
    Text("payment {payment} was received before with another content", "回款 {payment} 已存在且内容不同"),
    Text(
        "payment {payment} was received before with another amount, currency or rate",
        "回款 {payment} 已存在，金额、币种或汇率不同",
    ),
    Text(
        "payment {payment} was taken back before, with the reason {why}",
        "回款 {payment} 此前已退回，原因：{why}",
    ),
    Text("is the customer it comes from", "与转出客户相同"),
    Text("both sides of the transfer are the same customer", "转出与转入客户相同"),
    Text("a receivable has one, money has none", "转让应收须填写发票，转移款项则不填"),
    Text("{customer} has no invoice {invoice}", "客户 {customer} 没有发票 {invoice}"),
    Text("transfer {transfer} was recorded before with another content", "转移 {transfer} 已存在且内容不同"),
    Text("{amount} is more than the {most} {what}", "{amount} 超过可用的 {most}"),
    Text("invoice {invoice} is not known", "发票 {invoice} 不存在"),
    Text(
        "{amount} is not within the {open} open on {invoice}", "{amount} 超过发票 {invoice} 的未结金额 {open}"
    ),
    Text("invoice {invoice} was issued before with another content", "发票 {invoice} 已存在且内容不同"),
    Text("write-off {id} was recorded before with another content", "核销 {id} 已存在且内容不同"),
    Text(
        "return {id} was recorded before with another amount, currency or rate",
        "退货 {id} 已存在，金额、币种或汇率不同",
    ),
    Text("was reported for another customer at the same moment", "同时已为其他客户登记"),
)

_POLICIES = (
    Text("there is no version {version}", "没有第 {version} 版"),
    Text("version {version} {sentence}", "第 {version} 版{sentence}"),
    Text("was activated before; draft it anew to return to it", "已启用过，如需恢复请另建草稿"),
    Text("there is no back-test {id}", "没有回测 {id}"),
    Text("a number is none", "数字有误"),
    Text("this is no JSON", "不是有效的 JSON"),
    Text("this is no JSON object", "应为 JSON 对象"),
    Text(
        "is no JSON: {error}: line {line} column {column} (char {char})",
        "不是有效的 JSON（第 {line} 行，第 {column} 列）",
    ),
    Text("is no JSON: {error}", "不是有效的 JSON"),
    Text("the policy is not valid: {sentence}", "政策内容有误：{sentence}"),
    Text(
        "is too large: say more on the level of risk classes, and less on that of customers",
        "内容过大：请多按风险等级设置，少按客户设置",
    ),
    Text("has no meaning for one customer; say active: false instead", "对单个客户无意义，请改为停用该规则"),
    Text(
        "only orders on account are checked by this rule: prepaid and cash orders pass anyway",
        "此规则只检查赊账订单，预付款和现款订单本就放行",
    ),
    Text("{value} is there twice", "{value} 重复"),
    Text(
        "at least one weighted factor must come from the books: {factors}",
        "至少一项有权重的因素应来自账务数据",
    ),
    Text("must be above 0", "应大于 0"),
    Text("must be 1 or more: a call does not keep anyone from paying", "不能小于 1：催收不会降低回款可能"),
    Text("must be A, B, C and D, in this order; given: {given}", "应依次为 A、B、C、D"),
    Text("must be 0: class D takes every score that is left", "D 级包含其余得分，下限应为 0"),
    Text("{factor} is no factor; known are {factors}", "没有评分因素 {factor}"),
    Text("{worse} is not below {better} of class {class}", "{worse} 应小于 {class} 级的 {better}"),
)

SENTENCES = (*_ORDERS, *_APPROVALS, *_ACCOUNTS, *_DOCUMENTS, *_POLICIES)
