"""What the pages of insights say."""

from services.insights.texts import today

TEXTS = (today.TEXTS,)
