"""What the shell and its parts say."""

from services.kit.web.operations_kit_texts import OPERATIONS
from services.kit.web.settings_kit_texts import SETTINGS
from services.kit.web.texts import Text, Texts

_NAVIGATION: Texts = {
    "nav.today": Text("Today", "今日"),
    "nav.held": Text("Held orders", "待放行订单"),
    "nav.alerts": Text("Alerts", "预警"),
    "nav.follow-ups": Text("Follow-ups", "跟进"),
    "nav.customers": Text("Customers", "客户"),
    "nav.receivables": Text("Receivables", "应收账款"),
    "nav.prospects": Text("Prospects", "潜在客户"),
    "nav.dormant": Text("Gone quiet", "沉睡客户"),
    "nav.forecasts": Text("Forecasts", "预测"),
    "nav.segments": Text("Segments", "客户分层"),
    "nav.margins": Text("Margins", "毛利"),
    "nav.mix": Text("Product mix", "产品结构"),
    "nav.salespeople": Text("Salespeople", "销售人员"),
    "nav.policy": Text("Credit policy", "信用政策"),
    "nav.settings": Text("Settings", "设置"),
    "nav.people": Text("People", "人员"),
    "nav.operations": Text("Operations", "运维"),
    "nav.group.work": Text("Work", "工作"),
    "nav.group.customers": Text("Customers", "客户"),
    "nav.group.insight": Text("Insight", "洞察"),
    "nav.group.system": Text("System", "系统"),
}

_SHELL: Texts = {
    "kit.product": Text("Tallyman", "Tallyman"),
    "kit.skip": Text("Skip to the content", "跳到正文"),
    "kit.navigation": Text("Pages", "页面"),
    "kit.more": Text("More", "更多"),
    "kit.search": Text("Find a customer or an order", "查找客户或订单"),
    "kit.person": Text("You and how you read", "个人与显示"),
    "kit.person.anonymous": Text("Trial without login", "免登录试用"),
    "kit.language": Text("Language", "语言"),
    "kit.theme": Text("Appearance", "外观"),
    "kit.theme.auto": Text("As the device", "跟随系统"),
    "kit.theme.light": Text("Light", "浅色"),
    "kit.theme.dark": Text("Dark", "深色"),
    "kit.shortcuts": Text("Keyboard shortcuts", "键盘快捷键"),
    "kit.shortcuts.search": Text("Go to the search field", "转到查找框"),
    "kit.shortcuts.filters": Text("Go to the filters of the list", "转到列表的筛选栏"),
    "kit.shortcuts.pages": Text("Next page of the list, back to its first", "列表的下一页、回到第一页"),
    "kit.shortcuts.rows": Text("Next and previous row", "下一行和上一行"),
    "kit.shortcuts.open": Text("Open the row, or do what it offers", "打开所选行，或执行该行的操作"),
    "kit.shortcuts.help": Text("Show these shortcuts", "显示快捷键"),
    "kit.shortcuts.close": Text("Close what is open", "关闭"),
    "kit.close": Text("Close", "关闭"),
    "kit.cancel": Text("Cancel", "取消"),
    "kit.live": Text("Live", "实时"),
    "kit.live.lost": Text("Not live: connecting again", "连接中断，正在重连"),
    "kit.breadcrumbs": Text("Where you are", "当前位置"),
    "role.sales": Text("Sales", "销售"),
    "role.finance": Text("Finance", "财务"),
    "role.manager": Text("Management", "管理层"),
    "role.ops": Text("Operations", "运维"),
    "role.system": Text("System", "系统"),
    "role.admin": Text("Administration", "管理员"),
    "role.all": Text("Every role", "全部角色"),
}

_PARTS: Texts = {
    "kit.loading": Text("Loading", "加载中"),
    "kit.empty": Text("Nothing here", "暂无内容"),
    "kit.empty.hint": Text(
        "Nothing matches. Take a filter away to see more.", "没有符合的内容，去掉筛选可看到更多。"
    ),
    "kit.failed": Text("This part could not be loaded", "此部分无法加载"),
    "kit.failed.hint": Text("The rest of the page works.", "页面其余部分可正常使用。"),
    "kit.retry": Text("Try again", "重试"),
    "kit.filters": Text("Filters", "筛选"),
    "kit.filters.clear": Text("Clear filters", "清除筛选"),
    "kit.filters.any": Text("All", "全部"),
    "kit.next": Text("Next page", "下一页"),
    "kit.first": Text("First page", "首页"),
    "kit.pages": Text("Pages of the list", "列表分页"),
    "kit.export": Text("Export", "导出"),
    "kit.sort": Text("Sort by {column}", "按{column}排序"),
    "kit.chart.table": Text("As a table", "以表格查看"),
    "kit.chart.x": Text("Date", "日期"),
    "kit.required": Text("required", "必填"),
}

_ERRORS: Texts = {
    "kit.account": Text("Your account", "我的账号"),
    "kit.sign_in": Text("Sign in", "登录"),
    "kit.sign_out": Text("Sign out", "退出登录"),
    "kit.error.401": Text("Please sign in", "请先登录"),
    "kit.error.401.hint": Text("This page is for people who are known here.", "此页面仅供已登录人员使用。"),
    "kit.error.403": Text("Not for your role", "您的角色无权查看"),
    "kit.error.403.hint": Text("Ask a manager if you need it.", "如有需要，请联系管理人员。"),
    "kit.error.404": Text("Not found", "未找到"),
    "kit.error.404.hint": Text("It does not exist, or the address is mistyped.", "内容不存在，或地址有误。"),
    "kit.error.409": Text("It has changed in the meantime", "内容已发生变化"),
    "kit.error.409.hint": Text("Load the page again to see how it stands.", "请重新加载页面查看最新状态。"),
    "kit.error.422": Text("This cannot be asked for", "请求有误"),
    "kit.error.422.hint": Text("Take the filters away and try again.", "请清除筛选后重试。"),
    "kit.error.503": Text("Not available at the moment", "暂时不可用"),
    "kit.error.503.hint": Text(
        "The service is starting or busy. Try again in a moment.", "服务正在启动或繁忙，请稍后重试。"
    ),
    "kit.error.500": Text("An error of ours", "系统出错"),
    "kit.error.500.hint": Text(
        "It has been logged. If it comes again, tell operations.", "错误已记录，若再次出现请告知运维。"
    ),
    "kit.error.home": Text("Back to today", "返回今日"),
    "kit.form.check": Text("Please look at the marked fields", "请检查标出的内容"),
    "kit.form.refused": Text("This was not done", "操作未完成"),
}

_TODAY: Texts = {
    "today.title": Text("Today", "今日"),
    "today.lead": Text("What needs you now, {day}", "{day}，需要您处理的事项"),
    "today.none": Text("Nothing needs you at the moment", "目前没有需要处理的事项"),
    "today.none.hint": Text("New work appears here by itself.", "新的事项会自动出现在这里。"),
    "today.all": Text("Show all", "查看全部"),
    "today.all.of": Text("Show all: {name}", "查看全部：{name}"),
    "today.held": Text("Held orders to rule on", "待裁定的订单"),
    "today.calls": Text("Whom to call today", "今天该联系谁"),
    "today.overdue": Text("Who owes most overdue", "逾期欠款最多的客户"),
    "today.alerts": Text("Open alerts", "未处理预警"),
    "today.expected": Text("Expected orders this week", "本周预计下单"),
    "today.gaps": Text("Gap of the month", "本月缺口"),
    "today.dormant": Text("Good customers gone quiet", "沉睡的优质客户"),
    "search.title": Text("Search", "查找"),
    "search.for": Text("Results for “{text}”", "“{text}”的查找结果"),
    "search.ask": Text(
        "Type a name, a customer’s number or an order’s number.", "输入客户名称、客户编号或订单编号。"
    ),
}

KIT_TEXTS: Texts = {**_NAVIGATION, **_SHELL, **_PARTS, **_ERRORS, **_TODAY, **OPERATIONS, **SETTINGS}
