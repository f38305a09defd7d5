"""The rules of the facts: pure functions of what is known and what an event says.

A document (order, return, invoice, payment) is a merge of everything said about it, the same whatever arrives
first. What it adds to the facts follows from the document alone, so an event's effect is "after minus before".
"""
