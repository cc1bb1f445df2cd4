"""A peer of verify: keys in FastAPI and SQLAlchemy as their tutorials teach, with uvicorn. No limits, no usage."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from sqlalchemy import create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

database = Path(os.environ["BENCH_FOLDER"], "peer.db")
engine = create_engine(f"sqlite:///{database}", connect_args={"check_same_thread": False})


class Base(DeclarativeBase):
    pass


class ApiKey(Base):
    __tablename__ = "api_keys"
    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True, index=True)
    workspace_id: Mapped[str]
    scopes: Mapped[str]
    active: Mapped[bool]


class WhoAmI(BaseModel):
    api_key_id: int
    workspace_id: str
    scopes: list[str]


def get_session() -> Iterator[Session]:
    with Session(engine) as session:
        yield session


def get_key(
    bearer: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())],
    session: Annotated[Session, Depends(get_session)],
) -> ApiKey:
    digest = hashlib.sha256(bearer.credentials.encode()).hexdigest()
    key = session.scalar(select(ApiKey).where(ApiKey.digest == digest))
    if key is None or not key.active:
        raise HTTPException(401)
    return key


Base.metadata.create_all(engine)
app = FastAPI()


@app.get("/whoami")
def whoami(key: Annotated[ApiKey, Depends(get_key)]) -> WhoAmI:
    return WhoAmI(api_key_id=key.id, workspace_id=key.workspace_id, scopes=key.scopes.split())
