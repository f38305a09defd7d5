"""The rules of the customer archive: pure functions of what is known and what an event says.

Several systems write customers, late and repeated. What the archive says follows from the set of facts that have
arrived, never from the order in which they did.
"""
