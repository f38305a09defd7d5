"""What the pages of insights say."""

from services.insights.texts import customer, today

TEXTS = (today.TEXTS, customer.TEXTS)
