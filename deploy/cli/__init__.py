"""The ``tallyman`` command: run it, fill it, look into it, repair it."""
