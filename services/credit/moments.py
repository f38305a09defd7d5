"""Times as the journal writes them."""

from datetime import UTC, datetime


def utc_text(moment: datetime) -> str:
    """Return a time in UTC with microseconds, so that texts of times sort like times."""
    # Converting costs more than formatting, and nearly every producer sends UTC already.
    return (moment if moment.tzinfo is UTC else moment.astimezone(UTC)).isoformat(timespec="microseconds")
