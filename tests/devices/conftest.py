"""A running service, on each database."""

from standing import both, service, standing_database, standing_postgres, standing_sqlite

__all__ = ["both", "service", "standing_database", "standing_postgres", "standing_sqlite"]
