"""What operations say."""

from services.kit.web.texts import Text, Texts

OPERATIONS: Texts = {
    "operations.title": Text("Operations", "运维"),
    "operations.lead": Text(
        "How the services do. Figures are of the process that answers and come again every ten seconds.",
        "各服务运行状况。数据来自应答的进程，每十秒刷新。",
    ),
    "operations.service.orders": Text("Orders", "订单"),
    "operations.service.credit": Text("Credit control", "信用管理"),
    "operations.service.customers": Text("Customers", "客户"),
    "operations.service.insights": Text("Insights", "洞察"),
    "operations.works": Text("Works", "正常"),
    "operations.works.not": Text("Does not work", "异常"),
    "operations.day": Text("Business day", "营业日"),
    "operations.lag": Text("Events not applied yet", "待处理事件"),
    "operations.lag.topics": Text("By topic", "按主题"),
    "operations.backlog": Text("Events not published yet", "待发布事件"),
    "operations.letters": Text("Open dead letters", "待处理死信"),
    "operations.letters.oldest": Text("the oldest since {at}", "最早于 {at}"),
    "operations.drift": Text("Accounts that differ from their history", "与历史不符的账户"),
    "operations.drift.none": Text("not checked in the background", "无后台核对"),
    "letters.title": Text("Dead letters", "死信"),
    "letters.title.of": Text("Dead letters: {service}", "死信：{service}"),
    "letters.lead": Text(
        "Records that could not be applied were set aside here, so that those behind them could be.",
        "无法处理的记录先放在这里，以免阻塞后面的记录。",
    ),
    "letters.one": Text("Dead letter {number}", "死信 {number}"),
    "letters.number": Text("Number", "编号"),
    "letters.where": Text("Topic", "主题"),
    "letters.place": Text("partition {partition}, offset {offset}", "分区 {partition}，位点 {offset}"),
    "letters.why": Text("Why", "原因"),
    "letters.field": Text("Field", "字段"),
    "letters.recorded": Text("Set aside", "记录时间"),
    "letters.state": Text("State", "状态"),
    "letters.state.open": Text("Open", "待处理"),
    "letters.state.retried": Text("Retried", "已重试"),
    "letters.state.discarded": Text("Discarded", "已丢弃"),
    "letters.state.all": Text("All", "全部"),
    "letters.resolved": Text("{by}, {at}", "{by}，{at}"),
    "letters.key": Text("Key", "键"),
    "letters.key.none": Text("none", "无"),
    "letters.size": Text("Size", "大小"),
    "letters.bytes": Text("{n} bytes", "{n} 字节", one="{n} byte"),
    "letters.headers": Text("Headers", "消息头"),
    "letters.raw": Text("Raw bytes", "原始字节"),
    "letters.cut": Text(
        "{n} more bytes are not shown.", "另有 {n} 字节未显示。", one="{n} more byte is not shown."
    ),
    "letters.value": Text("Value", "内容"),
    "letters.value.hint": Text(
        "Change what is wrong, then retry. It is checked first; nothing is published that would be refused again.",
        "修改错误后重试。发布前会先校验，仍不合格的不会发布。",
    ),
    "letters.mend": Text("Mend and retry", "修改并重试"),
    "letters.still": Text("It would be refused again: {reason}", "目前仍会被拒绝：{reason}"),
    "letters.fine": Text("As it is it would be taken today.", "按现状重试即可被接受。"),
    "letters.retry": Text("Retry", "重试"),
    "letters.retry.all": Text("Retry all open", "重试全部待处理"),
    "letters.discard": Text("Discard", "丢弃"),
    "letters.discard.sure": Text("Discard dead letter {number}?", "丢弃死信 {number}？"),
    "letters.discard.lead": Text(
        "It will not be retried any more. Its bytes stay.", "丢弃后不能再重试，原始字节会保留。"
    ),
    "letters.done.retried": Text("{number} is published again", "{number} 已重新发布"),
    "letters.done.discarded": Text("{number} is discarded", "{number} 已丢弃"),
    "letters.all.done": Text(
        "{n} published again, {refused} would be refused still", "已重新发布 {n} 条，{refused} 条仍会被拒绝"
    ),
    "letters.empty": Text("No dead letter", "没有死信"),
    "letters.empty.hint": Text("Every record could be applied.", "所有记录均已处理。"),
}
