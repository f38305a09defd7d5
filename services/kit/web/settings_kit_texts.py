"""What the pages of settings have in common."""

from services.kit.web.texts import Text, Texts

SETTINGS: Texts = {
    "settings.title": Text("Settings", "设置"),
    "settings.tabs": Text("Settings by subject", "设置分类"),
    "settings.tab.told": Text("Notifications", "通知"),
    "settings.tab.thresholds": Text("Alerts", "预警规则"),
    "settings.tab.segments": Text("Classes and grades", "客户分级"),
    "settings.tab.targets": Text("Sales targets", "销售目标"),
    "settings.tab.comparisons": Text("Product mix", "产品结构"),
    "settings.tab.commission": Text("Commission", "提成"),
    "settings.tab.calendar": Text("Working days", "工作日"),
    "settings.tab.risk": Text("Risk", "风险评估"),
    "settings.tab.ceilings": Text("Ceilings", "审批权限"),
    "settings.general": Text("In general", "总则"),
    "settings.edit": Text("Change", "修改"),
    "settings.save": Text("Bring into force", "保存并生效"),
    "settings.saved": Text("It is in force.", "已生效。"),
    "settings.reason": Text("Reason", "修改原因"),
    "settings.reason.hint": Text("It is kept with the version.", "将随版本一并保存。"),
    "settings.yes": Text("Yes", "是"),
    "settings.no": Text("No", "否"),
    "settings.hint.range": Text("{least} to {most}", "{least} 至 {most}"),
    "settings.hint.pairs": Text(
        "One per line, such as CNY 10000. Nothing: no bound.", "每行一个，例如 CNY 10000；留空表示不限。"
    ),
    "settings.hint.lines": Text("One per line.", "每行一个。"),
    "settings.hint.table": Text(
        "Each line: up to this value, so many points. * is everything that is left.",
        "每行：上限值 得分；* 表示其余全部。",
    ),
    "settings.versions": Text("Who changed what", "修改记录"),
    "settings.version": Text("Version {number}", "版本 {number}"),
    "settings.from": Text("from {day} on", "自 {day} 起"),
    "settings.holds": Text("Holds now", "当前生效"),
    "settings.to_come": Text("To come", "待生效"),
    "settings.from_day": Text("Holds from", "生效日期"),
    "settings.from_day.hint": Text(
        "It takes the place of all before it from this day on.", "自该日起取代之前的所有版本。"
    ),
    "settings.by": Text("{by}, {at}", "{by}，{at}"),
    "settings.delivered": Text("As delivered.", "系统默认设置。"),
    "settings.same": Text("Nothing differs from the version before.", "与上一版本相同。"),
    "settings.nothing": Text("nothing", "无"),
    "settings.older": Text("Older versions are in the API.", "更早的版本请通过 API 查询。"),
}
