"""What the pages of the customer archive say."""

from services.customers.texts import archive, login

TEXTS = (archive.TEXTS, login.TEXTS)
