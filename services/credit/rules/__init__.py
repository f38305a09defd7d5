"""The rules of credit: pure functions of an account, an event and the business day.

A rule looks at the account and yields journal entries (:mod:`.entries`); :mod:`.evolve` applies an entry to the
account. Live processing and the fold of the journal share that second step, so the journal rebuilds the account bit
for bit without asking any rule again.
"""
