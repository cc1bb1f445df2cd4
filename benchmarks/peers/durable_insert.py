"""The peer of create: a bare FastAPI route that checks nothing and commits one durable row per request.

``route``: an async function that calls the driver itself, the fastest form. ``threads``: a plain function, which
FastAPI runs in its thread pool.
"""

import os
import threading
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from pysqlite3 import dbapi2 as driver


class Item(BaseModel):
    name: str


def connect() -> Any:
    """A connection that commits every statement durably, as onepin's does."""
    path = os.path.join(os.environ["BENCH_FOLDER"], "peer.db")  # noqa: PTH118
    connection = driver.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE IF NOT EXISTS items (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
    return connection


INSERT = "INSERT INTO items (name) VALUES (?)"
connection, lock = connect(), threading.Lock()
route, threads = FastAPI(), FastAPI()


@route.post("/items", status_code=201)
async def create_item(item: Item) -> dict[str, Any]:
    return {"id": connection.execute(INSERT, (item.name,)).lastrowid, "name": item.name}


@threads.post("/items", status_code=201)
def create_item_in_a_thread(item: Item) -> dict[str, Any]:
    with lock:
        made = connection.execute(INSERT, (item.name,)).lastrowid
    return {"id": made, "name": item.name}


@route.get("/health")
@threads.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}
