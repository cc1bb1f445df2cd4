"""A small application under the real server process, for tests of the process alone.

``python stub_app.py '{"port": "0"}'`` serves it with these settings; the one line on standard output is the port.
"""

import asyncio
import json
import logging
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from onepin.server import logs, process
from onepin.server.config import Config
from onepin.server.listener import CannotListen, bind

KEY = "pk_live_AbCdEfGh0123456789ABCDEFGHIJKLMNOPqrst"
logger = logging.getLogger("onepin.stub")


def create_app(config: Config, *, draining: Callable[[], bool]) -> process.Asgi:
    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        status, body = await respond(scope["path"].strip("/"), receive, draining)
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": body})

    return answer


async def lifespan(receive: Any, send: Any) -> None:
    how = os.environ.get("STUB_LIFESPAN", "")
    await receive()
    if how == "fail":
        await send({"type": "lifespan.startup.failed", "message": "the database is away"})
        return
    if how == "raise":
        raise OSError(f"no such database: {KEY}")
    logger.info("lifespan started")
    await send({"type": "lifespan.startup.complete"})
    await receive()
    if how == "slow":
        await asyncio.sleep(60)
    logger.info("lifespan ended")
    await send({"type": "lifespan.shutdown.complete"})


async def respond(path: str, receive: Any, draining: Callable[[], bool]) -> tuple[int, bytes]:
    what, _, seconds = path.partition("/")
    match what:
        case "ready":
            return (503, b"draining") if draining() else (200, b"ready")
        case "slow":
            await asyncio.sleep(float(seconds))
        case "block":
            time.sleep(float(seconds))  # noqa: ASYNC251 - a mistake that an application may make
        case "body":
            while (await receive()).get("more_body"):
                pass
        case "boom":
            raise RuntimeError(KEY)
        case "crash":
            os._exit(3)
    return 200, what.encode()


def main(flags: dict[str, str]) -> int:
    config = Config.load({}, flags)
    logs.configure(config)
    logs.log_uncaught()
    try:
        listener = bind(config.host, config.port)
        port = listener.getsockname()[1]
        config = config.listening_at(port)
        return process.run(config, create_app, listener, ready=lambda: print(port, flush=True))
    except (CannotListen, process.StartFailed, OSError) as error:
        print(f"can't start: {logs.redact(str(error))}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
