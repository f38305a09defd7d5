"""Settings of ceilings."""

from services.kit.web.texts import Text, Texts

TEXTS: Texts = {
    "ceiling.title": Text("Ceilings", "审批权限"),
    "ceiling.lead": Text(
        "Up to which amount somebody may release orders and raise limits alone. Above it a second person is needed.",
        "个人可独立放行订单和提高额度的金额上限，超出时需二次审批。",
    ),
    "ceiling.set": Text("Set a ceiling", "设置权限"),
    "ceiling.save": Text("Save", "保存"),
    "ceiling.remove": Text("Remove", "移除"),
    "ceiling.removed": Text("removed", "已移除"),
    "ceiling.title.remove": Text(
        "Remove the ceiling of {name} in {currency}?", "移除 {name} 的 {currency} 权限？"
    ),
    "ceiling.lead.remove": Text(
        "Then that of the role applies; without one, any amount.",
        "移除后适用角色的权限；角色未设置时不限金额。",
    ),
    "ceiling.none": Text("Nobody has a ceiling", "尚未设置权限"),
    "ceiling.none.hint": Text(
        "Everybody in finance may grant any amount alone.", "目前财务人员可独立批准任意金额。"
    ),
    "ceiling.unchanged": Text("Nothing was ever changed.", "暂无修改。"),
    "ceiling.any": Text("Any amount", "不限金额"),
    "ceiling.scope.people": Text("Person", "个人"),
    "ceiling.scope.roles": Text("Role", "角色"),
    "ceiling.whose": Text("Whose", "对象"),
    "ceiling.name": Text("Name of the person", "人员名称"),
    "ceiling.name.hint": Text("As they log in; nobody sets their own.", "登录名；不能设置本人的权限。"),
    "ceiling.currency": Text("Currency", "币种"),
    "ceiling.bound": Text("How much", "权限"),
    "ceiling.bound.amount": Text("Up to an amount", "金额上限"),
    "ceiling.amount": Text("Amount", "金额"),
    "ceiling.amount.hint": Text("0: nothing alone.", "0 表示不可独立批准。"),
    "ceiling.done.set": Text("Set.", "已设置。"),
    "ceiling.done.removed": Text("Removed.", "已移除。"),
}
