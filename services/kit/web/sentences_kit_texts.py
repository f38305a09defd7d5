"""What the kit, pydantic, msgspec and the contract say in English, and its Chinese."""

from services.kit.web.texts import Text

_FIELDS = (
    Text("delivered", "出厂默认"),
    Text("as delivered", "出厂默认"),
    Text("is missing", "请填写"),
    Text("is required", "请填写"),
    Text("is taken", "已被占用"),
    Text("is not known", "不存在"),
    Text("is not known here", "不是已知的字段"),
    Text("does not exist", "不存在"),
    Text("is given twice", "重复填写"),
    Text("must be left out", "应留空"),
    Text("must not be empty", "不能为空"),
    Text("must say why", "请填写理由"),
    Text("must be a text", "应为文字"),
    Text("must be an object", "应为 JSON 对象"),
    Text("must be a string, in quotes", "应为加引号的文字"),
    Text("must be a whole number", "应为整数"),
    Text("must be printable characters, not only spaces", "应为可见字符，不能只有空格"),
    Text(
        "{line}: each line must have {n} values with a blank between",
        "“{line}”：每行应有 {n} 个值，以空格分隔",
    ),
    Text("some of it cannot be read", "部分内容无法识别"),
    Text("the policy is not valid", "政策内容有误"),
    Text("it is not valid", "内容有误"),
    Text("the {field} is not valid: {sentence}", "内容有误：{sentence}"),
    Text(
        "it was changed in the meantime, its revision is {revision}; read it again",
        "内容已被他人修改，请重新打开",
    ),
    Text("say which revision was read, as If-Match or as revision in the body", "请重新打开后再保存"),
    Text("the request is not valid: {sentence}", "请求有误：{sentence}"),
)

_CONTRACT = (
    Text("must be 1 to 64 visible ASCII characters, no spaces", "应为 1 至 64 个半角可见字符，不含空格"),
    Text("must be text without control characters or bidirectional overrides", "不能含有控制字符"),
    Text('must be an ISO 4217 currency code such as "CNY"', "应为 ISO 4217 货币代码，如 CNY"),
    Text(
        'must be a decimal string such as "1234.50", not negative, at most 15 digits and 4 decimals',
        "应为不小于 0 的金额，如 1234.50，最多 15 位整数和 4 位小数",
    ),
    Text(
        'must be a decimal string such as "-1234.50", at most 15 digits and 4 decimals',
        "应为金额，如 -1234.50，最多 15 位整数和 4 位小数",
    ),
    Text(
        'must be a decimal string such as "7.1234", at most 9 digits and 12 decimals',
        "应为汇率，如 7.1234，最多 9 位整数和 12 位小数",
    ),
    Text(
        'must be a decimal string such as "1.5", not negative, at most 12 digits and 3 decimals',
        "应为不小于 0 的数量，如 1.5，最多 12 位整数和 3 位小数",
    ),
    Text("must be a W3C traceparent value", "应为 W3C traceparent 值"),
    Text('must be a date such as "2026-03-31"', "应为日期，如 2026-03-31"),
    Text(
        'must be a time with offset such as "2026-03-31T09:30:00Z"',
        "应为带时区的时间，如 2026-03-31T09:30:00Z",
    ),
    Text("must be a string: {sentence}", "应为文字"),
    Text("must be text matching {pattern}", "格式不正确"),
    Text("unknown currency {currency}", "未知币种 {currency}"),
    Text("{amount} has more than the {decimals} decimals of {currency}", "{currency} 最多 {decimals} 位小数"),
)

_PYDANTIC = (
    Text("Field required", "请填写"),
    Text("Input should be a valid integer", "应为整数"),
    Text("Input should be a valid integer, {why}", "应为整数"),
    Text("Input should be a valid number", "应为数字"),
    Text("Input should be a valid number, {why}", "应为数字"),
    Text("Input should be a valid decimal", "应为数字"),
    Text("Input should be a valid boolean", "应为“是”或“否”"),
    Text("Input should be a valid boolean, {why}", "应为“是”或“否”"),
    Text("Input should be a valid string", "应为文字"),
    Text("Input should be a valid list", "应为列表"),
    Text("Input should be a valid dictionary", "应为对象"),
    Text("Input should be a valid dictionary or {why}", "应为对象"),
    Text("Input should be an object", "应为对象"),
    Text("Input should be a valid date", "应为日期，如 2026-03-31"),
    Text("Input should be a valid date {why}", "应为日期，如 2026-03-31"),
    Text("Input should be a valid datetime", "应为时间，如 2026-03-31T09:30:00Z"),
    Text("Input should be a valid datetime {why}", "应为时间，如 2026-03-31T09:30:00Z"),
    Text("Input should be a valid datetime, {why}", "应为时间，如 2026-03-31T09:30:00Z"),
    Text("Input should be in a valid time format", "应为时刻，如 09:30"),
    Text("Input should be in a valid time format, {why}", "应为时刻，如 09:30"),
    Text("Input should be greater than or equal to {least}", "不能小于 {least}"),
    Text("Input should be less than or equal to {most}", "不能大于 {most}"),
    Text("Input should be greater than {least}", "应大于 {least}"),
    Text("Input should be less than {most}", "应小于 {most}"),
    Text("Input should be {choices}", "不是可选的值"),
    Text("String should have at least {n} character", "不能为空"),
    Text("String should have at least {n} characters", "至少 {n} 个字符"),
    Text("String should have at most {n} character", "最多 {n} 个字符"),
    Text("String should have at most {n} characters", "最多 {n} 个字符"),
    Text("String should match pattern {pattern}", "格式不正确"),
    Text("{kind} should have at least {n} item after validation, not {given}", "至少填写 {n} 项"),
    Text("{kind} should have at least {n} items after validation, not {given}", "至少填写 {n} 项"),
    Text("{kind} should have at most {n} item after validation, not {given}", "最多 {n} 项"),
    Text("{kind} should have at most {n} items after validation, not {given}", "最多 {n} 项"),
    Text("Extra inputs are not permitted", "不是已知的字段"),
)

_MSGSPEC = (
    Text("Expected `int`, got `null`", "请填写数字"),
    Text("Expected `str`, got `null`", "请填写"),
    Text("Expected `{kind}`, got `{given}`", "类型不符"),
    Text("Expected `{kind}` >= {least}", "不能小于 {least}"),
    Text("Expected `{kind}` <= {most}", "不能大于 {most}"),
    Text("Expected `{kind}` > {least}", "应大于 {least}"),
    Text("Expected `{kind}` < {most}", "应小于 {most}"),
    Text("Expected `str` of length >= 1", "不能为空"),
    Text("Expected `str` of length >= {n}", "至少 {n} 个字符"),
    Text("Expected `str` of length <= {n}", "最多 {n} 个字符"),
    Text("Expected `array` of length >= {n}", "至少填写 {n} 项"),
    Text("Expected `array` of length <= {n}", "最多 {n} 项"),
    Text("Expected `array` of at most length {n}, got {given}", "最多 {n} 项"),
    Text("Expected `array` of at least length {n}, got {given}", "至少填写 {n} 项"),
    Text("Expected `str` matching regex '^(0|[1-9][0-9]{0,14})(\\\\.[0-9]{1,4})?$'", "应为金额，如 1234.50"),
    Text("Expected `str` matching regex {pattern}", "格式不正确"),
    Text("Object missing required field `{field}`", "缺少必填项"),
    Text("Object contains unknown field `{field}`", "含有未知字段"),
    Text("Invalid enum value {value}", "不是可选的值：{value}"),
)

_ACCESS = (
    Text(
        "this form is too old or was not sent by this site; open the page again", "表单已失效，请重新打开页面"
    ),
    Text("this request comes from another site", "请求来自其他网站，已拒绝"),
    Text("this needs the role {roles}; {name} has {role}", "需要{roles}角色，您的角色是{role}"),
    Text(
        "this is of all customers; {name} has {role}, which sees its own",
        "此内容涉及全部客户，{role}只能查看自己的客户",
    ),
    Text("{name} has {role}, which may not do this", "{role}角色不能执行此操作"),
    Text("change your password first: PUT /people/me/password", "请先修改密码"),
    Text("nothing is known of {what} {id}", "找不到 {id}"),
    Text("who is calling cannot be checked now; try again", "暂时无法核对登录状态，请稍后重试"),
    Text(
        "with a session cookie this needs {header}, as GET /sessions/current tells it",
        "登录状态已失效，请重新打开页面",
    ),
    Text("is missing or not of this session", "登录状态已失效"),
    Text("starting; try again", "服务正在启动，请稍后重试"),
    Text("{service} is starting", "服务正在启动，请稍后重试"),
    Text("others keep writing the same rows; try again", "多人同时修改，请重试"),
    Text("too many pages are open", "打开的页面过多"),
    Text("there is no such file", "没有此文件"),
    Text("there is nothing at this address", "此地址没有内容"),
    Text("this address takes {methods}, not {method}", "此地址不支持该操作"),
    Text("Not Found", "未找到"),
    Text("Method Not Allowed", "此地址不支持该操作"),
    Text("there is no dead letter {id}", "没有死信 {id}"),
    Text("dead letter {id} was {state} by {by}", "死信 {id} 已由 {by} 处理"),
    Text("an error of ours; the logs have it under trace_id", "系统出错，已记录日志"),
    Text(
        "the database or the broker does not answer at the moment. The request may or may not have had its effect: "
        "send it again with the same Idempotency-Key or the same ids",
        "数据库或消息服务暂时无响应，操作可能已生效，请确认后重试",
    ),
    Text(
        "the request has a character that cannot be stored, such as U+0000", "含有无法保存的字符，如 U+0000"
    ),
    Text("the address has the character U+0000", "地址中含有无效字符"),
)

_LISTS = (
    Text("cannot sort by {what}", "不能按 {what} 排序"),
    Text("must be one of {known}, with - for downwards", "应为 {known} 之一，降序加 -"),
    Text("the cursor does not belong to this list; begin again without it", "分页已失效，请从首页重新开始"),
    Text("is not a cursor of this list with these filters and this order", "不是此列表的分页"),
    Text("a file has no pages", "导出文件不分页"),
    Text("must be left out with format={form}", "导出 {form} 时应留空"),
    Text("this {header} was used for another request", "此操作已提交过，请重新打开页面"),
    Text("the first request with this {header} is still in progress", "操作正在处理，请稍候"),
    Text("the body has more than {n} bytes", "内容过大，最多 {n} 字节"),
    Text("the body did not arrive within {n} s", "提交超时，请重试"),
    Text("the caller went away before the body was complete", "提交中断，请重试"),
)

_TRIGGERS = (
    Text("documents that came late", "补到的单据"),
    Text("policy {version} in force", "信用政策第 {version} 版生效"),
    Text("day started", "新的营业日开始"),
    Text("order {order} amended", "订单 {order} 已变更"),
    Text("order {order} cancelled", "订单 {order} 已取消"),
    Text("order {order} closed", "订单 {order} 已关闭"),
    Text("payment {payment}", "回款 {payment}"),
    Text("write-off {id}", "核销 {id}"),
    Text("return {id}", "退货 {id}"),
    Text("transfer {id}", "转移 {id}"),
    Text("terms changed", "信用条件变更"),
    Text("temporary limit", "临时额度"),
    Text("risk class set", "风险等级变更"),
    Text("hold lifted", "冻结解除"),
    Text("blacklisting lifted", "移出黑名单"),
    Text("manual release", "人工放行"),
    Text("manual rejection", "人工拒绝"),
    Text("within the tolerance of a manual release", "在人工放行的容差之内"),
)
"""What led to a credit decision, as its journal and its events have it."""

_OF_SEVERAL = (
    Text("nothing is known of customer {customer}", "找不到客户 {customer}"),
    Text("there is no such version", "没有此版本"),
    Text("at least one factor must have a weight above 0", "至少一项因素的权重应大于 0"),
    Text("must be null: the last band has no end", "最后一段没有上限，应留空"),
    Text("only the last band has no end", "只有最后一段没有上限"),
    Text("{after} is not above {before} of the band before", "{after} 应大于上一段的 {before}"),
    Text("must be one of {choices}", "应为 {choices} 之一"),
)
"""What the rules and routes of more than one service say."""

SENTENCES = (*_OF_SEVERAL, *_TRIGGERS, *_FIELDS, *_CONTRACT, *_PYDANTIC, *_MSGSPEC, *_ACCESS, *_LISTS)
