"""What the pages of the customer archive say."""

from services.customers.texts import archive, follow_ups, listed, login

TEXTS = (archive.TEXTS, login.TEXTS, listed.TEXTS, follow_ups.TEXTS)
