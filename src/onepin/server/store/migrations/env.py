"""Alembic's entry: the connection and its transaction come from ``store/migrate.py``."""

from alembic import context

from onepin.server.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
