"""What the rules and the API of insights say in English, and its Chinese."""

from services.kit.web.texts import Text

_ALERTS = (
    Text("alert {alert} is not known", "预警 {alert} 不存在"),
    Text("is resolved since {at}", "预警已解除"),
    Text("must be in the future", "应晚于现在"),
    Text("handing over is for finance and managers", "只有财务和管理层可转交"),
    Text("say to whom", "请选择转交对象"),
    Text("name an owner or a role, not both", "请选择人员或部门之一"),
    Text("too many watch already; list the alerts instead", "同时查看的人过多，请稍后重试"),
    Text("there is no kind {kind}; they are {kinds}", "没有预警类型 {kind}"),
    Text("{kind} is heard from events", "{kind} 由事件产生"),
    Text("version {version} is in force; read it again", "设置已被他人修改，请重新打开"),
    Text("must not be below warning_{unit}, {warning}", "不能小于警告界限 {warning}"),
)

_OF_OTHERS = (
    Text("Order {order} waits for a credit decision", "订单 {order} 等待信用裁定"),
    Text(
        "No decision for {n} s; amount {amount}. It counts as held until one comes.",
        "已 {n} 秒没有裁定，金额 {amount}。裁定之前视同待放行。",
    ),
    Text(
        "No decision for {n} s; amount unknown. It counts as held until one comes.",
        "已 {n} 秒没有裁定，金额未知。裁定之前视同待放行。",
    ),
    Text(
        "Do not deliver yet. See whether the credit service runs and keeps up (deploy/runbook.md).",
        "暂勿发货，请运维检查信用服务是否正常。",
    ),
)
"""What alerts of other services say."""

_TOLD = (
    Text("channel {channel} is not known", "渠道 {channel} 不存在"),
    Text("switch it on first", "请先启用该渠道"),
    Text("is switched off", "已停用"),
    Text("must be the name of a time zone such as Asia/Shanghai", "应为时区名称，如 Asia/Shanghai"),
    Text("must be given with quiet_from, and only with it", "免打扰的开始和结束须同时填写"),
    Text("must be a local time; {zone} is its time zone", "应为当地时间，时区为 {zone}"),
    Text("only managers set how others are told", "只有管理层可设置他人的通知"),
    Text("must be text, ASCII, of at most {n} characters", "应为半角字符，最多 {n} 个"),
    Text("there is no mail server: an operator sets TALLYMAN_SMTP_URL", "未配置邮件服务器，请联系运维"),
    Text("must be one mail address", "应为一个邮箱地址"),
    Text(
        "must be the webhook address of a DingTalk robot: {address}",
        "应为钉钉机器人的 Webhook 地址：{address}",
    ),
    Text(
        "must be the webhook address of a WeCom robot: {address}",
        "应为企业微信机器人的 Webhook 地址：{address}",
    ),
    Text(
        "must be the webhook address of a Feishu robot: {address}", "应为飞书机器人的 Webhook 地址：{address}"
    ),
    Text(
        "must be the webhook address of a Lark robot: {address}", "应为 Lark 机器人的 Webhook 地址：{address}"
    ),
    Text("must be an incoming webhook of Slack: {address}", "应为 Slack 的 Webhook 地址：{address}"),
    Text("must be an https address on an allowed host", "应为允许的主机上的 https 地址"),
    Text("{address} is not among TALLYMAN_DELIVERY_HOSTS", "{address} 不在允许的主机之列，请联系运维"),
    Text("the host has an address of the inside; see TALLYMAN_DELIVERY_NETWORKS", "主机位于内网，请联系运维"),
    Text("the address cannot be read", "地址无法识别"),
    Text("refused: {sentence}", "已拒绝：{sentence}"),
    Text("cannot be sent: {error}", "无法发送（{error}）"),
    Text("failed: {error}", "发送失败（{error}）"),
    Text("took too long", "发送超时"),
    Text("did not arrive: no connection, or it was lost", "未送达：无法连接或连接中断"),
    Text("did not arrive: nobody answered", "未送达：对方无应答"),
    Text("answered 429: too many messages", "对方返回 429：消息过多"),
    Text("answered {status}: redirects are not followed", "对方返回 {status}：不跟随重定向"),
    Text("answered {status}", "对方返回 {status}"),
    Text("answered 200, but not ok", "对方返回 200，但未确认成功"),
    Text("answered 200 without a code of success", "对方返回 200，但没有成功代码"),
    Text("answered 200 with code {code}: {message}", "对方返回代码 {code}：{message}"),
)

_ASKED = (
    Text("nothing is forecast of customer {customer}", "没有客户 {customer} 的预测"),
    Text("nothing is known of product {product}", "找不到产品 {product}"),
    Text("nothing is known of salesperson {salesperson}", "找不到销售人员 {salesperson}"),
    Text("nothing is known of {what}", "找不到 {what}"),
    Text("customer {customer} has done nothing in the window", "客户 {customer} 在统计期内没有业务"),
    Text("margins of products are not split by salesperson", "产品毛利不按销售人员细分"),
    Text("products cannot be asked for together with salesperson or seller", "按产品查看时不能筛选销售人员"),
    Text(
        "no lines count of {kind} {document} of customer {customer}",
        "客户 {customer} 的单据 {document} 没有计入的明细",
    ),
    Text("there is no tier {tier}; they are {tiers}", "没有层级 {tier}"),
    Text("from lies after to", "起始月份晚于截止月份"),
    Text("must not be after to", "不能晚于截止月份"),
    Text("too many months", "月份过多"),
    Text("at most {n} months at once", "一次最多 {n} 个月"),
    Text("no month is over yet", "尚无完整的月份"),
    Text("migration is not split by salesperson", "等级迁移不按销售人员细分"),
    Text("targets hold for whole months", "目标按整月计算"),
    Text("must be the first of a month", "应为月份的第一天"),
    Text("no product groups are compared", "尚未设置品类对比"),
    Text("comparison {comparison} {sentence}", "品类对比 {comparison} {sentence}"),
    Text("was ended", "已结束"),
    Text("there is one already", "已存在"),
    Text("there are no such settings", "没有此设置"),
    Text("{what} was reported before with another body, which stays", "{what} 已存在且内容不同"),
)

_SEGMENTS = (
    Text("0 < a_percent < b_percent < 100 must hold", "应满足 0 < A 界限 < B 界限 < 100"),
    Text(
        "must leave room between the boundaries, and to 0 and 100", "应在各界限之间及与 0、100 之间留有余地"
    ),
    Text("at least one must be more than 0", "至少一项应大于 0"),
    Text(
        "0 < overall_b_percent < overall_a_percent <= 100 must hold", "应满足 0 < B 级得分 < A 级得分 ≤ 100"
    ),
    Text("0 < platinum < gold < iron < 100 must hold", "应满足 0 < 铂金 < 黄金 < 铁 < 100"),
    Text("must not be less than what makes a customer familiar", "不能小于成为熟客的订单数"),
    Text(
        "2 to 9, each from fewer percent on than the one before, the last from 0",
        "应为 2 至 9 级，得分率下限逐级降低，最后一级为 0",
    ),
    Text("each needs a letter of its own", "各级字母不能重复"),
    Text("must not be less than trend_percent", "不能小于增长界限"),
)

_RULED = (
    Text("a group needs categories, product_ids or everything_else", "请填写类别、产品，或选择其余全部"),
    Text("at most {n}", "最多 {n} 项"),
    Text("{member} is named twice", "{member} 重复"),
    Text("everything else can be in one group only", "“其余全部”只能属于一个组"),
    Text("the groups need names of their own", "两组名称不能相同"),
    Text("there must be 1 to {n}", "应为 1 至 {n} 级"),
    Text("each needs a name of its own", "名称不能重复"),
    Text("must be null: the last tier takes the rest", "最后一级包含其余，应留空"),
    Text("is needed in all tiers but the last", "除最后一级外均须填写"),
    Text("must be below the tier before", "应小于上一级"),
    Text("commission_percent must not be above 100", "提成比例不能超过 100%"),
)

_DELIVERED = (
    Text("best price", "最优价"),
    Text("volume price", "批量价"),
    Text("list price", "标准价"),
    Text("list price, paid in advance", "标准价，预付款"),
    Text("high", "高"),
    Text("middle", "中"),
    Text("low", "低"),
)
"""What is said in the rules that a new installation begins with."""

SENTENCES = (*_DELIVERED, *_ALERTS, *_OF_OTHERS, *_TOLD, *_ASKED, *_SEGMENTS, *_RULED)
