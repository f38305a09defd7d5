"""What is left to do about a customer, and how satisfied it is, as parts of its page."""

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import Row

from services.customers.api.follow_up_answers import follow_up_out

MOST_OPEN = 20


class SatisfactionNow(BaseModel):
    """How satisfied a customer is; ``GET /customers/{id}/satisfaction/trend`` has the months."""

    latest: int = Field(description="1 to 5")
    latest_on: date
    source: str
    average: str = Field(description="of all scores, two decimals")
    count: int


def open_work(rows: Iterable[Row[Any]], count: int) -> dict[str, Any]:
    """Return the open follow-ups as parts of a customer."""
    return {"open_follow_ups": [follow_up_out(row) for row in rows], "open_follow_up_count": count}


def satisfaction(row: Row[Any] | None) -> SatisfactionNow | None:
    """Return how satisfied a customer is, from its scores."""
    if row is None:
        return None
    total, count = row._mapping["total"], row._mapping["count"]
    average = (Decimal(total) / count).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return SatisfactionNow(
        latest=row.score, latest_on=row.on_day, source=row.source, average=str(average), count=count
    )
