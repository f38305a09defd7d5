"""What the pages of credit control say."""

from services.credit.texts import held, reasons

TEXTS = (held.TEXTS, reasons.TEXTS)
