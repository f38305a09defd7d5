"""Numbers, money, dates and times as readers of a language write them (CLDR, through Babel)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_compact_currency, format_currency, format_decimal, format_percent

from services.kit.web.texts import Language

_LOCALES: dict[Language, Locale] = {"en": Locale("en"), "zh": Locale("zh", "CN", script="Hans")}
_SMALLEST_COMPACT = Decimal(100_000)

Number = int | float | str | Decimal


@dataclass(frozen=True, slots=True)
class Formats:
    """How one reader's pages write values.

    Attributes:
        zone: the business's time zone; times are shown in it, wherever the reader is.
    """

    language: Language
    zone: ZoneInfo

    @property
    def locale(self) -> Locale:
        """CLDR's name of the language."""
        return _LOCALES[self.language]

    def money(self, amount: str | Decimal, currency: str) -> str:
        """Return an amount (a decimal string) with its currency's sign, all its decimals and grouped thousands."""
        return _money(str(amount), currency, self.language)

    def short_money(self, amount: str | Decimal, currency: str) -> str:
        """Return an amount for a tile or an axis: large ones rounded (¥1.3M, ¥130万)."""
        value = Decimal(amount)
        if abs(value) < _SMALLEST_COMPACT:
            return format_currency(
                round(value), currency, "¤#,##0;-¤#,##0", self.locale, currency_digits=False
            )
        return format_compact_currency(value, currency, locale=self.locale, fraction_digits=1)

    def number(self, value: Number, decimals: int = 0) -> str:
        """Return a number with grouped thousands and so many decimals."""
        return format_decimal(
            Decimal(str(value)), format="#,##0." + "0" * decimals if decimals else "#,##0", locale=self.locale
        )

    def percent(self, share: Number, decimals: int = 0) -> str:
        """Return a share (0.5 is 50 %)."""
        pattern = "#,##0." + "0" * decimals + "%" if decimals else "#,##0%"
        return format_percent(Decimal(str(share)), format=pattern, locale=self.locale)

    def day(self, value: date) -> str:
        """Return a date, such as 25 Nov 2026 or 2026年11月25日."""
        return format_date(value, "d MMM y" if self.language == "en" else "y年M月d日", locale=self.locale)

    def short_day(self, value: date) -> str:
        """Return a date of which the year is plain."""
        return format_date(value, "d MMM" if self.language == "en" else "M月d日", locale=self.locale)

    def weekday(self, value: date) -> str:
        """Return a date with its day of the week, for headings."""
        return format_date(
            value, "EEEE, d MMMM y" if self.language == "en" else "y年M月d日 EEEE", locale=self.locale
        )

    def month(self, value: date) -> str:
        """Return the month of a date, such as Nov 2026 or 2026年11月."""
        return format_date(value, "MMM y" if self.language == "en" else "y年M月", locale=self.locale)

    def moment(self, value: datetime) -> str:
        """Return a time of the business's zone, to the minute."""
        pattern = "d MMM y, HH:mm" if self.language == "en" else "y年M月d日 HH:mm"
        return format_datetime(value, pattern, tzinfo=self.zone, locale=self.locale)

    def since(self, value: datetime, now: datetime) -> str:
        """Return how long ago a time was, such as 3 hours ago or 3小时前."""
        passed = min(value - now, timedelta(0))
        return format_timedelta(passed, add_direction=True, threshold=1.2, locale=self.locale)

    def days(self, count: int) -> str:
        """Return a number of days in words."""
        return format_timedelta(timedelta(days=count), granularity="day", threshold=10**6, locale=self.locale)


@lru_cache(maxsize=4_096)
def _money(amount: str, currency: str, language: Language) -> str:
    return format_currency(
        Decimal(amount), currency, locale=_LOCALES[language], format="¤#,##0.00;-¤#,##0.00"
    )
