"""Whose documents the routes show."""

from sqlalchemy import exists

from services.credit.rules.receivables import payment_credit
from services.credit.tables import credits as credit_table
from services.credit.tables import orders
from services.kit.http.scope import of_document, of_something

OF_ORDER = of_document("order_id", "order", orders)
OF_PAYMENT = of_something(
    "payment_id",
    "payment",
    lambda view, value: exists().where(
        credit_table.c.credit_id == payment_credit(value), view.of(credit_table.c.customer_id)
    ),
)
