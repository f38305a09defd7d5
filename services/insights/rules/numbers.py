"""Numbers as the world reads them: decimal strings."""

from contracts.money import decimal_string, quantity_string

MONEY = frozenset({"amount", "profit", "collections"})


def value_text(dimension: str, value: int, currency: str) -> str:
    """Return a value of a dimension: money, a quantity, a margin in percent, or a number."""
    if dimension in MONEY:
        return decimal_string(value, currency)
    if dimension == "quantity":
        return quantity_string(value)
    return margin_text(value) if dimension == "margin" else str(value)


def margin_text(ppm: int) -> str:
    """Return millionths as percent with four decimals."""
    whole, rest = divmod(abs(ppm), 10_000)
    return f"{'-' if ppm < 0 else ''}{whole}.{rest:04d}"


def percent_text(part: int, whole: int) -> str:
    """Return a share in percent with two decimals, rounded down; of nothing it is 0."""
    hundredths = part * 10_000 // whole if whole else 0
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def ratio_text(part: int, whole: int) -> str:
    """Return how many times the whole goes into the part, with two decimals, rounded down; ``whole`` is above 0."""
    hundredths = abs(part) * 100 // whole
    return f"{'-' if part < 0 else ''}{hundredths // 100}.{hundredths % 100:02d}"
