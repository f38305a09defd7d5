from sqlalchemy import MetaData

from services.kit.migrate import run_migrations

run_migrations(MetaData(), "demo")
