"""Settings of notifications: who is told of alerts, when, and through which channels."""

from services.kit.web.texts import Text, Texts

_HOW: Texts = {
    "told.lead": Text(
        "Who is told of alerts, when, and through which channels.", "预警通知谁、何时通知、通过哪些渠道。"
    ),
    "told.how": Text("When to be told", "通知时间"),
    "told.change": Text("Change", "修改"),
    "told.save": Text("Save", "保存"),
    "told.saved": Text("Saved.", "已保存。"),
    "told.language": Text("Language", "语言"),
    "told.language.zh": Text("Chinese", "中文"),
    "told.language.en": Text("English", "英文"),
    "told.timezone": Text("Time zone", "时区"),
    "told.timezone.hint": Text("The quiet hours go by it.", "免打扰时段以此为准。"),
    "told.quiet": Text("Quiet hours", "免打扰时段"),
    "told.quiet.from": Text("Quiet from", "免打扰开始"),
    "told.quiet.until": Text("Quiet until", "免打扰结束"),
    "told.quiet.hint": Text(
        "Leave both empty to be told at any time. What comes meanwhile is sent afterwards.",
        "两项都留空表示随时通知。期间产生的预警会在结束后发送。",
    ),
    "told.quiet.none": Text("None: at any time", "无，随时通知"),
    "told.quiet.span": Text("{start} to {end}", "{start} 至 {end}"),
    "told.breaks": Text("Urgent alerts in quiet hours", "免打扰期间的紧急预警"),
    "told.breaks.true": Text("Are sent at once", "立即发送"),
    "told.breaks.false": Text("Wait, too", "同样推迟"),
    "told.digest": Text("Bundled", "汇总发送"),
    "told.digest.minutes": Text("Gather for so many minutes", "汇总间隔（分钟）"),
    "told.digest.minutes.hint": Text("0: each alert is a message of its own.", "0 表示逐条发送。"),
    "told.digest.count": Text("At most so many in a message", "每条消息最多预警数"),
    "told.digest.shown": Text(
        "every {minutes} minutes, at most {count}", "每 {minutes} 分钟一次，最多 {count} 条"
    ),
    "told.digest.none": Text("No, one by one", "否，逐条发送"),
    "told.set": Text("Set by {by}, {at}", "{by} 设置于 {at}"),
    "told.delivered": Text("As delivered; nobody has changed it.", "默认设置，尚未修改。"),
    "told.title.how": Text("{name}: when to be told", "{name}：通知时间"),
    "told.others": Text("Everybody with settings", "已设置通知的人员与部门"),
    "told.who": Text("Who", "对象"),
    "told.channels": Text("Channels", "渠道"),
    "told.channels.n": Text("{n} channels", "{n} 个渠道", one="{n} channel"),
    "told.channels.off": Text("{n} switched off", "{n} 个已停用"),
    "told.role": Text("Whole team", "整个部门"),
    "told.person": Text("Person", "个人"),
    "told.changed": Text("Last set", "最近设置"),
    "told.empty": Text("Nobody has set anything", "尚无设置"),
    "told.empty.hint": Text("Choose somebody above to begin.", "请在上方选择对象开始设置。"),
    "told.somebody": Text("Person or team", "人员或部门"),
    "told.open": Text("Open", "打开"),
}

_CHANNELS: Texts = {
    "channel.none": Text("No channel yet", "尚无渠道"),
    "channel.none.hint": Text(
        "Alerts are in the console alone until there is one.", "添加渠道之前，预警只在控制台中显示。"
    ),
    "channel.add": Text("Add a channel", "添加渠道"),
    "channel.title.add": Text("{name}: add a channel", "{name}：添加渠道"),
    "channel.title.change": Text("Change the channel to {place}", "修改发往 {place} 的渠道"),
    "channel.title.remove": Text("Remove the channel to {place}?", "移除发往 {place} 的渠道？"),
    "channel.lead.remove": Text(
        "Its address is forgotten, and what still waits for it is not sent. To stop it for a while, switch it off.",
        "地址将被清除，待发送的内容不再发送。如只需暂停，请选择“停用”。",
    ),
    "channel.kind": Text("Kind", "类型"),
    "channel.kind.dingtalk": Text("DingTalk robot", "钉钉机器人"),
    "channel.kind.wecom": Text("WeCom robot", "企业微信机器人"),
    "channel.kind.feishu": Text("Feishu robot", "飞书机器人"),
    "channel.kind.lark": Text("Lark robot", "Lark 机器人"),
    "channel.kind.slack": Text("Slack", "Slack"),
    "channel.kind.mail": Text("Mail", "邮件"),
    "channel.kind.webhook": Text("Webhook", "Webhook"),
    "channel.address": Text("Address", "地址"),
    "channel.address.hint": Text(
        "The robot’s webhook address, a mail address, or an https address. It is never shown again.",
        "机器人的 Webhook 地址、邮箱地址或 https 地址。保存后不再显示。",
    ),
    "channel.address.new": Text("New address", "新地址"),
    "channel.address.new.hint": Text(
        "Leave it empty to keep the address. It is never shown.", "留空表示地址不变。地址不会显示。"
    ),
    "channel.secret": Text("Secret", "密钥"),
    "channel.secret.hint": Text(
        "DingTalk: the signing secret. Webhook: a bearer token. Never shown again.",
        "钉钉：加签密钥；Webhook：Bearer 令牌。保存后不再显示。",
    ),
    "channel.secret.new": Text("New secret", "新密钥"),
    "channel.secret.new.hint": Text("Leave it empty to keep the secret.", "留空表示密钥不变。"),
    "channel.severity": Text("Alerts from", "预警级别"),
    "channel.severity.info": Text("All alerts", "全部预警"),
    "channel.severity.warning": Text("Warnings and urgent", "警告及紧急"),
    "channel.severity.critical": Text("Urgent only", "仅紧急"),
    "channel.fingerprint": Text("Fingerprint {fingerprint}", "指纹 {fingerprint}"),
    "channel.on": Text("On", "启用"),
    "channel.off": Text("Off", "已停用"),
    "channel.failing": Text("Failed {n} times in a row", "连续失败 {n} 次", one="Failed once"),
    "channel.waiting": Text("{n} waiting", "{n} 条待发送"),
    "channel.given_up": Text("{n} not sent", "{n} 条未发出"),
    "channel.test": Text("Send a test message", "发送测试消息"),
    "channel.change": Text("Change", "修改"),
    "channel.switch.off": Text("Switch off", "停用"),
    "channel.switch.on": Text("Switch on", "启用"),
    "channel.remove": Text("Remove", "移除"),
    "channel.retry": Text("Send again", "重新发送"),
    "channel.done.added": Text(
        "Added. Send a test message to see that it works.", "已添加。请发送测试消息确认可用。"
    ),
    "channel.done.changed": Text("Changed.", "已修改。"),
    "channel.done.removed": Text("Removed; its address is forgotten.", "已移除，地址已清除。"),
    "channel.done.off": Text("Switched off. Nothing is sent through it.", "已停用，不再通过该渠道发送。"),
    "channel.done.on": Text("Switched on.", "已启用。"),
    "channel.done.retry": Text(
        "{n} alerts are sent again.", "重新发送 {n} 条预警。", one="{n} alert is sent again."
    ),
    "channel.tried.sent": Text(
        "{place} took the test message at {at}. See there that it arrived.",
        "{place} 已于 {at} 接收测试消息，请在对方查看是否收到。",
    ),
    "channel.tried.failed": Text("Not sent: {error}", "未发出：{error}"),
    "channel.tried.wait": Text("The other side asks to wait {n} seconds.", "对方要求等待 {n} 秒。"),
}

TEXTS: Texts = {**_HOW, **_CHANNELS}
