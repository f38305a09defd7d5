"""Which documents a batch names, and for whom: a document may be named for a customer that does not own it."""

from collections.abc import Callable, Container, Sequence
from typing import Any

from services.credit.rules.receivables import payment_credit, return_credit, write_off_credit
from services.credit.rules.transfers import transfer_document
from services.credit.working import Working
from services.kit.records import Received


class Named:
    """The ids a batch names, by field, each with the customer it is named for.

    Attributes:
        shared: (field, id) named for more than one customer: only one of them can own it.
    """

    def __init__(self) -> None:
        self.customers: dict[str, dict[str, str]] = {"order_id": {}, "invoice_id": {}, "credit_id": {}}
        self.shared: dict[tuple[str, str], set[str]] = {}

    def add(self, field: str, document_id: str, customer: str) -> None:
        """Note that ``customer``'s document is named."""
        first = self.customers[field].setdefault(document_id, customer)
        if first != customer:
            self.shared.setdefault((field, document_id), {first}).add(customer)

    def missing(self, field: str, there: Callable[[str], Container[str]]) -> list[str]:
        """Return the ids that are not ``there`` with the customer, or of which the owner is not certain."""
        shared = {document_id for kind, document_id in self.shared if kind == field}
        return [i for i, customer in self.customers[field].items() if i in shared or i not in there(customer)]

    def by_owner(self, working: Working, field: str, document_id: str, owner: str) -> bool:
        """Return whether the owner itself names a stored document, and keep it from the others who do."""
        naming = self.shared.get((field, document_id)) or {self.customers[field][document_id]}
        if naming != {owner}:
            working.owners[document_of(field, document_id)] = owner
        return owner in naming


def document_of(field: str, document_id: str) -> tuple[str, str]:
    """Return kind and id as handlers know a document: the id of a credit says whether it is a payment or a return."""
    if field != "credit_id":
        return field, document_id
    kind, _, own_id = document_id.partition(":")
    return f"{kind}_id", own_id


def named_documents(events: Sequence[Received]) -> Named:
    """Return the documents that ``events`` name."""
    named = Named()
    for received in events:
        data: Any = received.event.data
        type_ = received.event.type
        if type_.startswith(("order.", "terms.order_")):
            if data.order_id is not None:
                named.add("order_id", data.order_id, data.customer_id)
            if type_ == "order.invoiced" or (type_ == "order.returned" and data.invoice_id is not None):
                named.add("invoice_id", data.invoice_id, data.customer_id)
            if type_ == "order.returned":
                named.add("credit_id", return_credit(data.return_id), data.customer_id)
        elif type_ == "receivable.written_off":
            named.add("credit_id", write_off_credit(data.write_off_id), data.customer_id)
            named.add("invoice_id", data.invoice_id, data.customer_id)
        elif ".transferred_" in type_:
            # Money that goes out and an invoice that comes in are owed; the other two sides are credits.
            owed = type_ in ("payment.transferred_out", "receivable.transferred_in")
            document = transfer_document(data.transfer_id)
            named.add("invoice_id" if owed else "credit_id", document, data.customer_id)
            if type_ == "receivable.transferred_out":
                named.add("invoice_id", data.invoice_id, data.customer_id)
        elif type_.startswith("payment."):
            named.add("credit_id", payment_credit(data.payment_id), data.customer_id)
            if type_ == "payment.received":
                for allocation in data.allocations:
                    named.add("invoice_id", allocation.invoice_id, data.customer_id)
    return named
