"""The statement of account as a page to print, in Chinese and English."""

from collections.abc import Mapping
from typing import Literal

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from services.credit.api.statement_answers import StatementOut

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")

_PAGES = Environment(
    loader=PackageLoader("services.credit"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "html_lang": "en",
        "title": "Statement of account",
        "customer": "Customer",
        "period": "Period",
        "until": "to",
        "currency": "Currency",
        "opening": "Opening balance",
        "closing": "Closing balance",
        "in_favour": "in the customer's favour",
        "invoiced": "Invoiced",
        "paid": "Paid",
        "credited": "Credit notes",
        "reversed": "Payments reversed",
        "day": "Date",
        "document": "Document",
        "applied": "Applied",
        "charged": "Charges",
        "credit": "Credits",
        "balance": "Balance",
        "order": "order",
        "due": "due",
        "issued": "issued",
        "unapplied_here": "not applied yet",
        "nothing": "Nothing was booked in this period.",
        "invoice": "Invoice",
        "payment": "Payment",
        "credit_note": "Credit note",
        "write_off": "Write-off",
        "reversal": "Payment reversed",
        "transfer": "Transfer",
        "transfers": "Transfers",
        "other_customer": "with customer",
        "exchange_difference": "Exchange difference",
        "exchange": "Exchange differences",
        "ageing": "Open invoices by age on",
        "age": "Days past due",
        "current": "Not yet due",
        "days_1_30": "1-30 days",
        "days_31_60": "31-60 days",
        "days_61_90": "61-90 days",
        "over_90": "Over 90 days",
        "invoices": "Invoices",
        "amount": "Amount",
        "share": "Share",
        "total": "Open invoices",
        "unapplied": "Money not applied to an invoice",
        "overdue": "Of the open invoices, overdue",
        "overdue_note": "past the due day and {days} days of grace",
        "overdue_note_0": "past the due day",
        "other_form": "中文",
        "other_lang": "zh",
        "spreadsheet": "Spreadsheet (CSV)",
        "print_note": "Every amount is in {currency}. Days are business days; both ends of the period are included.",
    },
    "zh": {
        "html_lang": "zh-CN",
        "title": "对账单",
        "customer": "客户",
        "period": "期间",
        "until": "至",
        "currency": "币种",
        "opening": "期初余额",
        "closing": "期末余额",
        "in_favour": "客户预付",
        "invoiced": "开票",
        "paid": "收款",
        "credited": "贷项通知单",
        "reversed": "退回的付款",
        "day": "日期",
        "document": "单据",
        "applied": "核销",
        "charged": "应收增加",
        "credit": "应收减少",
        "balance": "余额",
        "order": "订单",
        "due": "到期日",
        "issued": "开票日",
        "unapplied_here": "尚未核销",
        "nothing": "本期间没有业务发生。",
        "invoice": "发票",
        "payment": "收款",
        "credit_note": "贷项通知单",
        "write_off": "坏账核销",
        "reversal": "付款退回",
        "transfer": "客户间转账",
        "transfers": "客户间转账",
        "other_customer": "对方客户",
        "exchange_difference": "汇兑差额",
        "exchange": "汇兑差额",
        "ageing": "未结发票账龄，截至",
        "age": "逾期天数",
        "current": "未到期",
        "days_1_30": "1-30 天",
        "days_31_60": "31-60 天",
        "days_61_90": "61-90 天",
        "over_90": "90 天以上",
        "invoices": "发票数",
        "amount": "金额",
        "share": "占比",
        "total": "未结发票合计",
        "unapplied": "未核销款项",
        "overdue": "其中逾期",
        "overdue_note": "超过到期日及 {days} 天宽限期",
        "overdue_note_0": "超过到期日",
        "other_form": "English",
        "other_lang": "en",
        "spreadsheet": "电子表格 (CSV)",
        "print_note": "所有金额币种为 {currency}。日期为营业日，期间含首尾两日。",
    },
}
"""Every word on the page, by language."""


def grouped(amount: str) -> str:
    """Return a decimal string with thousands separated, and a real minus sign."""
    sign, digits = ("\u2212", amount[1:]) if amount.startswith("-") else ("", amount)
    whole, point, fraction = digits.partition(".")
    return f"{sign}{int(whole):,}{point}{fraction}"


def percent(share: float | None) -> str:
    """Return a share as a percentage."""
    return "" if share is None else f"{share:.1%}"


_PAGES.filters |= {"grouped": grouped, "percent": percent}


def statement_page(statement: StatementOut, lang: str) -> HTMLResponse:
    """Return the page."""
    template = _PAGES.get_template("statement.html")
    return HTMLResponse(
        template.render(statement=statement, words=WORDS[lang], lang=lang),
        headers={"Content-Language": WORDS[lang]["html_lang"]},
    )
