"""What the pages of this service share."""

from services.customers.texts import TEXTS
from services.kit.web.console import Console

console = Console("services.customers", TEXTS)
