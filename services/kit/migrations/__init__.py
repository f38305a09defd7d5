"""The tables the kit keeps in every service's schema, as frozen SQL that the services' migrations run."""

from importlib.resources import files


def kit_sql(name: str) -> str:
    """Return the SQL of one frozen step, such as ``"kit_0001"``."""
    return (files(__name__) / f"{name}.sql").read_text("utf-8")
