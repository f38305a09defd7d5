"""What is derived from the facts of a customer, one module each. A further derivation is one more line here."""

from services.insights.derivations.derivation import Derivation

DERIVATIONS: tuple[Derivation, ...] = ()
"""Done in this order, in one transaction per group of customers."""
