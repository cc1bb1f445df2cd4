"""A running service, on each database, and a verifier of it."""

import pytest_asyncio

from service import Service
from standing import both, service, standing_database, standing_postgres, standing_sqlite
from verification.asking import make_verifier

__all__ = ["both", "service", "standing_database", "standing_postgres", "standing_sqlite"]


@pytest_asyncio.fixture(loop_scope="session")
async def verifier(service: Service) -> str:
    """The secret of a verifier, made as the operator would."""
    return (await make_verifier(service)).secret.reveal()
