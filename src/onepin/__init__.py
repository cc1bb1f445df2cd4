"""onepin: a self-hosted API-key platform."""

__version__ = "0.1.0"
