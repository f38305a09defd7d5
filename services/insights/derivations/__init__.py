"""What is derived from the facts of a customer, one module each. A further derivation is one more line here."""

from services.insights.derivations.alerts import derive_alerts
from services.insights.derivations.commission import derive_commission
from services.insights.derivations.derivation import Derivation
from services.insights.derivations.mix import derive_mix
from services.insights.derivations.order_days import derive_order_days
from services.insights.derivations.salespeople import derive_salespeople
from services.insights.derivations.spells import derive_spells
from services.insights.derivations.stages import derive_stages
from services.insights.derivations.stopped import derive_stopped
from services.insights.derivations.truths import derive_truths
from services.insights.derivations.usual import derive_usual
from services.insights.derivations.values import derive_values

DERIVATIONS: tuple[Derivation, ...] = (
    derive_values,
    derive_stages,
    derive_order_days,
    derive_spells,
    derive_mix,
    derive_stopped,
    derive_truths,
    derive_salespeople,
    derive_commission,
    derive_usual,
    derive_alerts,
)
"""Done in this order, in one transaction per group of customers; alerts last, they are about the others."""
