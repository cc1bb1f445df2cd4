"""Starts servers quickly: everything is imported once, and each server is a fork of that process.

``python nursery.py`` reads a JSON object per line, ``{"settings": {…}, "board": path, "log": path}``, and answers with
``{"pid": …, "port": …}`` once that server takes connections, or ``{"pid": …, "error": …}`` when it ended instead.
"""

import contextlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from faults.marks import Board, MarkedStore, marked
from onepin.server import logs, process
from onepin.server.app import assemble
from onepin.server.config import Config
from onepin.server.identity.local import LocalIssuer
from onepin.server.listener import bind
from onepin.server.store import postgres, sqlite  # noqa: F401 - imported here once, not by every server
from onepin.server.store.store import open_store


def serve(order: dict[str, Any], note: int) -> int:
    """In the fork: the server as it is served, its store and application marked; the port goes to ``note``."""
    config = Config.load({}, order["settings"], starting=True)
    logs.configure(config)
    board = Board(Path(order["board"]))

    def create_app(config: Config, *, draining: Callable[[], bool]) -> process.Asgi:
        local = LocalIssuer.load_or_create(config.data_dir, config.local_issuer_url)
        store = MarkedStore(open_store(config.database_url), board)
        return marked(assemble(config, local=local, store=store, draining=draining).asgi, board)

    listener = bind(config.host, config.port)
    port = listener.getsockname()[1]
    return process.run(
        config.listening_at(port), create_app, listener, ready=lambda: void(os.write(note, f"{port}\n".encode()))
    )


def void(_result: object) -> None:
    """For a callback that must not return anything."""


def child(order: dict[str, Any], note: int) -> None:
    """Become the server; never return."""
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    code = 1
    try:
        code = serve(order, note)
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
    finally:
        os._exit(code)


def main() -> None:
    """Fork on demand until standard input ends."""
    for line in sys.stdin:
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            child(json.loads(line), writer)
        os.close(writer)
        with os.fdopen(reader) as answered:
            port = answered.readline().strip()
        print(json.dumps({"pid": pid, "port": int(port)} if port else {"pid": pid, "error": "ended"}), flush=True)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


if __name__ == "__main__":
    main()
