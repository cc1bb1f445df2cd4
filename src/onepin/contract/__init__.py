"""What crosses the wire: models, scopes, error codes. Imports pydantic only."""
