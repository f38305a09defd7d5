"""Signing in, and one's own account."""

from services.kit.web.texts import Text, Texts

TEXTS: Texts = {
    "login.title": Text("Sign in", "登录"),
    "login.login": Text("Login name", "登录名"),
    "login.password": Text("Password", "密码"),
    "login.submit": Text("Sign in", "登录"),
    "login.help": Text(
        "Forgotten? An admin gives you a new first password.", "忘记密码？请管理员为您重设初始密码。"
    ),
    "login.wrong": Text("This login name and password do not belong together.", "登录名或密码不正确。"),
    "login.throttled": Text(
        "Too many attempts. Wait a moment, then try again.", "尝试次数过多，请稍候再试。"
    ),
    "login.refused": Text(
        "Signing in is not possible at the moment. Try again.", "暂时无法登录，请稍后重试。"
    ),
    "login.plain": Text(
        "This page was opened by plain HTTP, where browsers keep no sign-in. Open it by https://, or on the machine "
        "itself.",
        "此页面通过未加密的 HTTP 打开，浏览器不会保留登录状态。请使用 https:// 访问，或在服务器本机上打开。",
    ),
    "login.provider": Text("Sign in with {name}", "使用 {name} 登录"),
    "login.or": Text("or with a login name of Tallyman", "或使用 Tallyman 登录名"),
    "login.failed.provider": Text(
        "That did not work. Try again, or sign in with a password.", "登录未成功。请重试，或使用密码登录。"
    ),
    "login.failed.unknown": Text(
        "You are not entered here. Ask an admin to enter you with your mail address.",
        "此处没有您的账号。请联系管理员，用您的邮箱地址添加账号。",
    ),
    "setup.title": Text("Set up Tallyman", "初始化 Tallyman"),
    "setup.lead": Text(
        "Nobody can sign in yet. You become the first admin and add everybody else.",
        "目前还没有人可以登录。您将成为首位管理员，之后由您添加其他人员。",
    ),
    "setup.token": Text("Setup token", "初始化令牌"),
    "setup.token.hint": Text(
        "In the log of the customers service, from its start; or: tallyman accounts setup-token",
        "见 customers 服务启动时的日志，或运行 tallyman accounts setup-token",
    ),
    "setup.name": Text("Your name", "您的姓名"),
    "setup.login.hint": Text(
        "Lower-case letters, digits and . _ @ - as in li.lei", "小写字母、数字和 . _ @ -，例如 li.lei"
    ),
    "setup.again": Text("Password once more", "再次输入密码"),
    "setup.submit": Text("Begin", "开始使用"),
    "account.title": Text("Your account", "我的账号"),
    "account.must_change": Text(
        "Choose a password of your own before you go on.", "请先设置您自己的密码，再继续使用。"
    ),
    "account.changed": Text(
        "Your password has been changed. You are signed out everywhere else.",
        "密码已修改，其他设备均已退出登录。",
    ),
    "account.password": Text("Change the password", "修改密码"),
    "account.old": Text("Password until now", "当前密码"),
    "account.new": Text("New password", "新密码"),
    "account.new.hint": Text(
        "At least 12 characters; a sentence is easy to remember.", "至少12个字符，用一句话更容易记住。"
    ),
    "account.again": Text("New password once more", "再次输入新密码"),
    "account.again.differs": Text("is not the same as the new password", "与新密码不一致"),
    "account.submit": Text("Change", "修改"),
    "account.preferences": Text("How you like to read", "阅读偏好"),
    "account.kept": Text("Kept. It is the same wherever you sign in.", "已保存，在任何设备登录后均生效。"),
    "account.theme.system": Text("As the system has it", "跟随系统"),
    "account.theme.light": Text("Light", "浅色"),
    "account.theme.dark": Text("Dark", "深色"),
    "account.start_page": Text("Begin with", "登录后首先显示"),
    "account.start_page.hint": Text("The page you see after signing in.", "登录后打开的页面。"),
    "account.list_size": Text("Rows of a list", "列表每页行数"),
    "account.list_size.usual": Text("As each page has it", "各页面默认"),
    "account.keep": Text("Keep", "保存"),
    "account.sessions": Text("Where you are signed in", "已登录的设备"),
    "account.this": Text("this browser", "本设备"),
    "account.since": Text("since {at}", "登录于 {at}"),
    "account.end": Text("Sign out there", "退出该设备"),
    "account.no_sessions": Text("You have no session of your own here.", "此处没有您的登录会话。"),
}
