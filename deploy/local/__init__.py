"""Local runtime: embedded PostgreSQL, brokers and a process supervisor, without containers."""
