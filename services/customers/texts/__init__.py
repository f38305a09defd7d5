"""What the pages of the customer archive say."""

from services.customers.texts import (
    archive,
    card,
    follow_ups,
    listed,
    login,
    people,
    prospects,
)

TEXTS = (
    archive.TEXTS,
    card.TEXTS,
    follow_ups.TEXTS,
    listed.TEXTS,
    login.TEXTS,
    people.TEXTS,
    prospects.TEXTS,
)
