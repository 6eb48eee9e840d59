"""Alembic: migrations run in one transaction on the application's own driver."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, pool, text

import tracker.tables

config = context.config
database_url = config.attributes["database_url"]
# Two processes that start at once must not migrate at once.
MIGRATION_LOCK = 0x51A7


def run_online() -> None:
    """Migrate over a connection of our own."""
    engine = create_engine(database_url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.execute(
            text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK}
        )
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=tracker.tables.metadata,
            render_as_batch=False,
            compare_type=True,
            compare_server_default=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


def run_offline() -> None:
    """Print the SQL instead of running it."""
    context.configure(
        url=database_url,
        target_metadata=tracker.tables.metadata,
        literal_binds=True,
        # Any other style doubles the percent signs.
        dialect_opts={"paramstyle": "named"},
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run_offline()
else:
    run_online()
