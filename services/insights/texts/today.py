"""The cards of insights on Today."""

from services.kit.web.texts import Text, Texts

TEXTS: Texts = {
    "today.more": Text("and {n} more", "另有 {n} 条"),
    "today.alerts.none": Text("No open alerts", "没有未处理预警"),
    "today.alerts.none.hint": Text("New ones appear here by themselves.", "新的预警会自动出现。"),
    "severity.info": Text("For information", "提示"),
    "severity.warning": Text("Warning", "警告"),
    "severity.critical": Text("Urgent", "紧急"),
    "today.expected.none": Text("No order is expected in the next days", "近日没有预计订单"),
    "today.expected.none.hint": Text(
        "Forecasts begin with a customer’s second order.", "客户有两次下单记录后即可预测。"
    ),
    "today.expected.on": Text("expected {day}", "预计 {day}"),
    "today.expected.range": Text("{from_day} to {to_day}", "{from_day} 至 {to_day}"),
    "today.gaps.none": Text("Nobody is behind this month", "本月没有落后的客户"),
    "today.gaps.none.hint": Text("All customers order as expected.", "所有客户下单均符合预期。"),
    "today.gaps.of": Text("{amount} of {expected} so far", "已下单 {amount}，预计 {expected}"),
    "today.gaps.missing": Text("missing", "缺口"),
    "today.dormant.none": Text("No good customer has gone quiet", "没有沉睡的优质客户"),
    "today.dormant.none.hint": Text("Everybody orders in their usual rhythm.", "所有客户均按正常节奏下单。"),
    "today.dormant.silence": Text("silent for {days}", "已{days}未下单"),
    "today.dormant.usual": Text(
        "usually orders every {days}, silent for {silence}", "通常每{days}下单，已{silence}未下单"
    ),
    "today.dormant.stake": Text("at stake", "潜在损失"),
}
