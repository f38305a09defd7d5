"""Values as readers write them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.kit.web.formats import Formats

EN, ZH = (Formats(language, ZoneInfo("Asia/Shanghai")) for language in ("en", "zh"))
DAY = date(2026, 1, 5)


def test_money_has_its_currency_and_all_its_decimals() -> None:
    assert EN.money("-1234567.50", "CNY") == "-CN¥1,234,567.50"
    assert ZH.money("1234567.50", "CNY") == "¥1,234,567.50"
    assert EN.money("1200", "JPY") == "¥1,200"
    assert EN.money("0.10", "USD") == "$0.10"


def test_large_money_is_shortened_the_way_each_language_counts() -> None:
    assert EN.short_money("1320000", "CNY") == "CN¥1.3M"
    assert ZH.short_money("1320000", "CNY") == "¥132万"
    assert EN.short_money("99999.50", "CNY") == "CN¥100,000"


def test_days_and_times_are_of_the_business() -> None:
    late = datetime(2026, 1, 5, 20, 30, tzinfo=UTC)
    assert (EN.moment(late), ZH.moment(late)) == ("6 Jan 2026, 04:30", "2026年1月6日 04:30")
    assert (EN.day(DAY), ZH.day(DAY)) == ("5 Jan 2026", "2026年1月5日")
    assert (EN.short_day(DAY), ZH.short_day(DAY)) == ("5 Jan", "1月5日")
    assert EN.since(late - timedelta(hours=5), late) == "5 hours ago"
    assert (EN.days(1), EN.days(400), ZH.days(12)) == ("1 day", "400 days", "12天")


def test_numbers() -> None:
    assert (EN.number(1234.56, 1), EN.number("7"), EN.percent(0.123, 1)) == ("1,234.6", "7", "12.3%")
