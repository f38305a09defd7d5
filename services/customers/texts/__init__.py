"""What the pages of the customer archive say."""

from services.customers.texts import archive, follow_ups, listed, login

TEXTS = (archive.TEXTS, login.TEXTS, listed.TEXTS, follow_ups.TEXTS)

from services.customers.texts import archive, card, follow_ups, listed

TEXTS = (archive.TEXTS, listed.TEXTS, follow_ups.TEXTS, card.TEXTS)
