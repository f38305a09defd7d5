"""The rules of the order book: pure functions of what is known and what an event says.

Events of one order come from several systems and topics, late and repeated. What an order is follows from the set of
facts that have arrived, never from the order in which they did: see :func:`services.orders.rules.order.status_of`.
"""
