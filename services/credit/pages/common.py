"""What the pages of this service share."""

from collections.abc import Sequence

from services.credit.api.reasons import ReasonOut
from services.credit.outgoing import MONEY_RULES
from services.credit.texts import TEXTS
from services.kit.web.console import Console
from services.kit.web.formats import Formats
from services.kit.web.texts import Language

console = Console("services.credit", TEXTS)


def in_words(reason: ReasonOut, currency: str, formats: Formats) -> str:
    """Return why an order is held, as a sentence in the reader's language; ``currency`` is the account's."""

    def shown(value: str | None) -> str:
        if value is None:
            return ""
        return formats.money(value, currency) if reason.rule in MONEY_RULES else value

    return console.text(
        formats.language,
        f"reason.{reason.rule}",
        value=shown(reason.value),
        threshold=shown(reason.threshold),
        excess=shown(reason.excess),
    )


def rules_of(reasons: Sequence[ReasonOut], language: Language) -> list[str]:
    """Return the names of the rules that failed."""
    return [console.text(language, f"rule.{reason.rule}") for reason in reasons]
