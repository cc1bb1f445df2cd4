"""The peers of verify, each with the same keys, and the requests that ask it about them."""

import hashlib
import shutil
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path

from measure.caller import as_bytes
from measure.environments import AbsentError, node_pins, peer_node, peer_python, python_pins
from measure.known_keys import bearer
from measure.servers import PEERS, Server, free_port

Asking = tuple[Server, list[bytes]]


def fastapi_sqlalchemy(folder: Path, keys: list[str], active: list[str]) -> Asking:
    """FastAPI and SQLAlchemy, as the tutorials have it."""
    port = free_port()
    uvicorn = peer_python("fastapi").with_name("uvicorn")
    command = [str(uvicorn), "fastapi_sqlalchemy:app", "--port", str(port), "--no-access-log", "--log-level", "error"]
    server = Server("FastAPI + SQLAlchemy", command, port=port, ready_path="/docs", folder=folder)
    with server:  # makes its tables
        pass
    rows = [(hashlib.sha256(key.encode()).hexdigest(), "w", "workflows:read", True) for key in keys]
    with sqlite3.connect(folder / "peer.db") as database:
        database.executemany("INSERT INTO api_keys (digest, workspace_id, scopes, active) VALUES (?, ?, ?, ?)", rows)
    database.close()
    return server, [as_bytes(server, "GET", "/whoami", bearer(key)) for key in active]


def django_api_key(folder: Path, keys: list[str], active: list[str]) -> Asking:
    """djangorestframework-api-key on gunicorn, whose threads keep connections."""
    port = free_port()
    folder.mkdir()
    (folder / "keys").write_text("\n".join(keys), "utf-8")
    gunicorn = peer_python("django").with_name("gunicorn")
    command = [str(gunicorn), "django_api_key:app", "--bind", f"127.0.0.1:{port}", "--threads", "4", "--timeout", "120"]
    server = Server("djangorestframework-api-key", command, port=port, ready_path="/health", folder=folder)
    tokens = [{"Authorization": f"Api-Key {key[8:16]}.{key[16:]}"} for key in active]
    return server, [as_bytes(server, "GET", "/whoami", token) for token in tokens]


def better_auth(form: str, folder: Path, keys: list[str], active: list[str]) -> Asking:
    """better-auth's API-key plugin on Node, in one of the forms that its file tells of."""
    command, port = peer_node("better-auth"), free_port()
    folder.mkdir()
    (folder / "keys").write_text("\n".join(keys), "utf-8")
    settings = {"NODE_ENV": "production"}
    name = f"better-auth, {form}"
    server = Server(
        name, [*command, str(port), form], port=port, ready_path="/health", folder=folder, settings=settings
    )
    return server, [as_bytes(server, "GET", "/whoami", bearer(key)) for key in active]


def nginx(folder: Path, keys: list[str], active: list[str]) -> Asking:
    """nginx with the keys in a map. Needs Debian's package."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if program is None:
        raise AbsentError("needs nginx")
    port = free_port()
    folder.mkdir()
    (folder / "keys.map").write_text("".join(f'"Bearer {key}" w;\n' for key in keys), "utf-8")
    configuration = (PEERS / "nginx.conf").read_text("utf-8").replace("PORT", str(port))
    (folder / "nginx.conf").write_text(configuration, "utf-8")
    command = [program, "-p", str(folder), "-c", "nginx.conf"]
    server = Server("nginx map", command, port=port, ready_path="/health", folder=folder)
    return server, [as_bytes(server, "GET", "/whoami", bearer(key)) for key in active]


VERIFYING_PEERS: dict[str, Callable[[Path, list[str], list[str]], Asking]] = {
    "FastAPI + SQLAlchemy, uvicorn": fastapi_sqlalchemy,
    "djangorestframework-api-key, gunicorn": django_api_key,
    "better-auth, quickstart": partial(better_auth, "quickstart"),
    "better-auth, SQLite behind a cache": partial(better_auth, "cached"),
    "better-auth, memory alone": partial(better_auth, "memory"),
    "nginx, keys in a map": nginx,
}


def pins() -> dict[str, str]:
    """The versions of what the peers are made of."""
    found = python_pins("fastapi", "fastapi", "sqlalchemy", "uvicorn")
    found |= python_pins("django", "django", "djangorestframework-api-key", "gunicorn")
    return found | node_pins("better-auth", "better-auth", "better-sqlite3")
