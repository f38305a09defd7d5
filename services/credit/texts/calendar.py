"""Settings of the desk: working days, holidays and deadlines."""

from services.kit.web.texts import Text, Texts

TEXTS: Texts = {
    "calendar.title": Text("Working days", "工作日"),
    "calendar.lead": Text(
        "Which days are worked on, and how long a held order may wait. Part of the credit policy.",
        "工作日安排，以及待放行订单的处理期限。属于信用政策的一部分。",
    ),
    "calendar.edit.lead": Text(
        "Saved as a draft of the policy in force; a manager activates it.",
        "将基于现行政策保存为草稿，由管理人员启用。",
    ),
    "calendar.drafted": Text(
        "Saved as a draft. It holds once a manager activates it.", "已保存为草稿，启用后生效。"
    ),
    "calendar.waiting": Text("A draft of {by} waits for activation: {reason}", "{by} 的草稿待启用：{reason}"),
    "calendar.f.rest_days": Text("Days of rest", "休息日"),
    "calendar.f.holidays": Text("Holidays", "节假日"),
    "calendar.h.holidays": Text(
        "Further days of rest, one per line, such as 2026-10-01.", "其他休息日，每行一个，例如 2026-10-01。"
    ),
    "calendar.f.deadline_days": Text("Deadline, working days", "处理期限（工作日）"),
    "calendar.h.deadline_days": Text("empty: none", "留空表示无期限"),
    "calendar.f.escalations": Text("Escalations", "升级次数"),
    "calendar.h.escalations": Text("each with a new deadline", "每次重新计算期限"),
    "calendar.f.growth_percent": Text("Released: may grow by, %", "放行后允许增幅 %"),
    "calendar.f.growth_days": Text("Released: for days", "放行后允许天数"),
    "calendar.f.limit_raise_percent": Text("Second person above a raise of, %", "提额超过 % 需二次审批"),
    "calendar.h.limit_raise_percent": Text("empty: never", "留空表示不需要"),
    "calendar.e.holidays": Text("none", "无"),
    "calendar.e.deadline_days": Text("none", "无期限"),
    "calendar.e.limit_raise_percent": Text("never", "不需要"),
    "calendar.day.1": Text("Monday", "星期一"),
    "calendar.day.2": Text("Tuesday", "星期二"),
    "calendar.day.3": Text("Wednesday", "星期三"),
    "calendar.day.4": Text("Thursday", "星期四"),
    "calendar.day.5": Text("Friday", "星期五"),
    "calendar.day.6": Text("Saturday", "星期六"),
    "calendar.day.7": Text("Sunday", "星期日"),
}
