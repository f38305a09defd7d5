"""What the rules and the API of customers say in English, and its Chinese."""

from services.kit.web.texts import Text

_PEOPLE = (
    Text("this login name and password do not belong together", "登录名或密码不正确"),
    Text("{login} is disabled", "账号 {login} 已停用"),
    Text("too many failed logins; try again in {wait} s", "登录失败次数过多，请 {wait} 秒后重试"),
    Text("too many attempts; try again in {wait} s", "尝试次数过多，请 {wait} 秒后重试"),
    Text(
        "there are people already; log in, or ask an admin for an account", "已有账号，请登录或向管理员申请"
    ),
    Text(
        "is not valid, or not any more; the log of the customers service has the current one",
        "无效或已过期，当前的令牌见 customers 服务日志",
    ),
    Text("there is no account {login}", "没有账号 {login}"),
    Text("{login} is taken", "{login} 已被占用"),
    Text("{login} is the last admin", "{login} 是最后一名管理员"),
    Text("somebody has to be admin", "至少保留一名管理员"),
    Text("{email} is somebody else's", "{email} 已被他人使用"),
    Text("is somebody else's", "已被他人使用"),
    Text("must have at least {n} characters", "至少 {n} 个字符"),
    Text("only a person who is logged in has a password", "只有登录的人员有密码"),
    Text("old is not the password", "原密码不正确"),
    Text("is not the password", "原密码不正确"),
    Text("new must be another password", "新密码不能与原密码相同"),
    Text("is the old one", "与原密码相同"),
    Text("this call has no preferences: it came with a key or a token", "密钥或令牌没有个人设置"),
    Text("this call has no session: it came with a key or a token", "密钥或令牌没有登录会话"),
    Text("only an admin sees the sessions of others", "只有管理员可查看他人的登录"),
    Text("is not the address of a page in the navigation", "不是导航中的页面"),
    Text("signing in with an OpenID provider is not set up here", "未启用 OpenID 登录"),
    Text("there is no key {key}", "没有密钥 {key}"),
    Text("has passed", "已过期"),
    Text(
        "only the other services ask this, with TALLYMAN_CUSTOMERS_KEY as {header}",
        "仅供其他服务查询，须在 {header} 中提供 TALLYMAN_CUSTOMERS_KEY",
    ),
    Text(
        "is a person's login name; the audits could not tell them apart", "与某人的登录名相同，审计无法区分"
    ),
    Text("is taken; revoke the key that has it, or choose another", "已被占用，请先吊销原密钥或换一个名称"),
)

_STAFF = (
    Text("nobody has entered {id}; POST /staff does", "尚未登记 {id}"),
    Text("{id} is no salesperson that anybody has entered; POST /staff does", "尚未登记销售人员 {id}"),
    Text(
        "{id} is not active on {day}, only from {first} to {last}",
        "{id} 在 {day} 不在职（{first} 至 {last}）",
    ),
    Text("{id} is not active on {day}, only from {first}", "{id} 在 {day} 不在职"),
    Text("{id} is not active on {day}, only from {first} on", "{id} 在 {day} 不在职（{first} 起）"),
    Text("is before active_from, {day}", "早于入职日 {day}"),
    Text("must be a mail address, or empty", "应为邮箱地址或留空"),
    Text("is the same salesperson", "与原销售相同"),
    Text("{id} is not looked after by {salesperson} on {day}", "{day} {id} 不由 {salesperson} 负责"),
    Text("nobody looks after {id}: say with salesperson_id who is to do it", "{id} 无人负责，请指定销售"),
    Text(
        "only a manager hands over what {salesperson} looks after",
        "只有管理层可转交 {salesperson} 负责的客户",
    ),
    Text(
        "only a manager hands over what {salesperson} looks after{note}",
        "只有管理层可转交 {salesperson} 负责的客户",
    ),
    Text("{person} was entered with another entry; a change is staff.changed", "{person} 已登记且内容不同"),
)

_CUSTOMERS = (
    Text("nothing is known of customer {customer}; POST /customers enters it", "找不到客户 {customer}"),
    Text("nobody has entered customer {customer}; POST /customers does", "尚未登记客户 {customer}"),
    Text("this id is taken", "此编号已被占用"),
    Text("only one contact can be it, and {other} is", "只能有一位首选联系人"),
    Text(
        "customer {customer} was entered with another card; a change is customer.changed",
        "客户 {customer} 已登记且内容不同",
    ),
    Text(
        "revision {n} of customer {customer} is known with another card at that time",
        "客户 {customer} 同时已被他人修改",
    ),
    Text(
        "what is to be changed carries the time {at}; wait, or correct it at its source",
        "要修改的内容时间为 {at}，请稍候或在来源系统更正",
    ),
    Text(
        "{salesperson} was assigned from {day} on at the very same time",
        "同时已指定由 {salesperson} 自 {day} 起负责",
    ),
    Text("another reason was given at the very same time: {why}", "同时已填写其他原因：{why}"),
    Text("{day} has not come yet", "{day} 尚未到"),
    Text("{id} was recorded with another body", "{id} 已存在且内容不同"),
    Text("must not be negative", "不能为负"),
)

_FOLLOW_UPS = (
    Text("there is no follow-up {id}", "没有跟进 {id}"),
    Text("follow-up {id} is about {whom}", "跟进 {id} 的对象是 {whom}"),
    Text("it was completed by {who} at {at}", "{who} 已完成此跟进"),
    Text("is known", "已有结果"),
    Text("{day} is over", "{day} 已过"),
    Text("or prospect_id must say whom it is about, one of them", "请选择客户或潜在客户之一"),
    Text("must say when it took place, as it has an outcome", "已有结果，请填写发生时间"),
    Text("must say for when it is planned, as it has not taken place", "尚未发生，请填写计划日期"),
    Text("has not come yet; leave it out to plan", "时间尚未到；如为计划请留空"),
    Text("must say what came of it, as it has taken place", "已发生，请填写结果"),
    Text(
        "must say who: the caller is no salesperson, and nobody looks after them",
        "无人负责该客户，请指定销售",
    ),
)

_PROSPECTS = (
    Text("nobody has entered prospect {prospect}", "尚未登记潜在客户 {prospect}"),
    Text(
        "{prospect} has become customer {customer}: name that instead",
        "{prospect} 已转为客户 {customer}，请选择该客户",
    ),
    Text("it became customer {customer} before", "此前已转为客户 {customer}"),
    Text("it became customer {customer}", "已转为客户 {customer}"),
    Text("{customer} is a customer with a card already", "客户 {customer} 已有档案"),
    Text(
        "prospect {prospect} became customer {customer} before",
        "潜在客户 {prospect} 此前已转为客户 {customer}",
    ),
    Text(
        "prospect {prospect} was entered with another card; a change is prospect.changed",
        "潜在客户 {prospect} 已登记且内容不同",
    ),
    Text("revision {n} is known with another card at that time", "同时已被他人修改"),
    Text("revision {n} is known with another entry at that time", "同时已被他人修改"),
)

_GRADING = (
    Text("kind is a word: say its points in kinds and other", "类别为文字，请按类别填写得分"),
    Text("must say the points of every other kind", "请填写其他类别的得分"),
    Text("{factor} is a number: say its points in bands", "该因素为数字，请按分段填写得分"),
    Text("must be 0: the last grade takes every score that is left", "最后一级包含其余得分，下限应为 0"),
    Text("{name} is there twice", "{name} 重复"),
    Text("{worse} is not below {better} of {name}", "{worse} 应小于 {name} 的 {better}"),
)

_PLANNED = (
    Text("Ask what keeps it from ordering", "了解客户停止下单的原因"),
    Text("Ask why it buys less", "了解客户减少采购的原因"),
    Text("Ask why it buys less: down in {sentences}", "了解客户减少采购的原因：{sentences}下降"),
    Text(
        "Dormant since {day}, last order on {last}; at stake: {amounts}",
        "{day}起沉睡，最近下单{last}；涉及金额 {amounts}",
    ),
    Text(
        "Dormant since {day} by its own rhythm, last order on {last}; at stake: {amounts}",
        "按其下单规律自 {day}起沉睡，最近下单{last}；涉及金额 {amounts}",
    ),
    Text("Dormant since {day}, last order on {last}; at stake: not known", "{day}起沉睡，最近下单{last}"),
    Text(
        "Dormant since {day} by its own rhythm, last order on {last}; at stake: not known",
        "按其下单规律自 {day}起沉睡，最近下单{last}",
    ),
    Text(
        "From class {before} to class {after} on {day} ({currency}); moved in {sentences}",
        "{day}由 {before} 类降至 {after} 类（{currency}），变动维度：{sentences}",
    ),
    Text(
        "From class {before} to class {after} on {day} ({currency})",
        "{day}由 {before} 类降至 {after} 类（{currency}）",
    ),
    Text(
        "From class {before} to no class on {day} ({currency}); moved in {sentences}",
        "{day}由 {before} 类变为无等级（{currency}），变动维度：{sentences}",
    ),
    Text(
        "From class {before} to no class on {day} ({currency})",
        "{day}由 {before} 类变为无等级（{currency}）",
    ),
)
"""What follow-ups that plan themselves say."""

_DIMENSIONS = (
    Text("orders", "订单数"),
    Text("amount", "金额"),
    Text("products", "品种数"),
    Text("profit", "毛利"),
    Text("margin", "毛利率"),
    Text("quantity", "数量"),
    Text("collections", "回款"),
)
"""In which of these a customer fell."""

_DELIVERED = (
    Text("list", "标准价"),
    Text("list less {n} %", "标准价下浮 {n}%"),
)
"""What is said in the rules that a new installation begins with."""

SENTENCES = (
    *_PLANNED,
    *_DIMENSIONS,
    *_DELIVERED,
    *_PEOPLE,
    *_STAFF,
    *_CUSTOMERS,
    *_FOLLOW_UPS,
    *_PROSPECTS,
    *_GRADING,
)
