"""What the pages of credit control say."""

from services.credit.texts import customer, held, reasons

TEXTS = (held.TEXTS, reasons.TEXTS, customer.TEXTS)
