"""The ``tallyman`` command."""
