"""The databases of the credit tests serve here too."""

from tests.services.credit.conftest import credit_dsn, credit_template, database

__all__ = ["credit_dsn", "credit_template", "database"]
