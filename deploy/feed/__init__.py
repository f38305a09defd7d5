"""Everything that feeds the system: a simulated distributor, importers of public data and of any ERP's export.

Each source is a :class:`~deploy.feed.source.Feed`: events in event-time order with ids that are the same on
every run, so that feeding twice changes nothing. :mod:`deploy.feed.replay` publishes them.
"""
