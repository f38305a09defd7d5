"""Rolling windows of months."""

from datetime import date


def month_after(month: date, months: int) -> date:
    """Return the first day of the month so many months later (or earlier) than the one of a day."""
    number = month.year * 12 + month.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def window_of(day: date, months: int) -> tuple[date, date]:
    """Return the first and the last month of the window that a day's month ends, both included."""
    return month_after(day, 1 - months), month_after(day, 0)
