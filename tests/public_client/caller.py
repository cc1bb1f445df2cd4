"""Runs in the environment of the published client, and calls it as its documentation says.

Each line of standard input is a call: which constructor, its options, the path of a method, its arguments. Each line
of standard output is what came of it, with the types of the client's objects kept; ``called.py`` reads it.
"""

import asyncio
import datetime as dt
import inspect
import json
import sys
from importlib import import_module
from typing import Any

from pydantic import BaseModel

onepin: Any = import_module("onepin")  # the published one: this project's own is not in this environment
http_response: Any = import_module("onepin.core.http_response")
RESPONSES = (http_response.HttpResponse, http_response.AsyncHttpResponse)


def main() -> None:
    clients: dict[str, Any] = {}
    with asyncio.Runner() as runner:
        for line in sys.stdin:
            call = json.loads(line)
            try:
                answer = {"value": outcome(clients, call, runner)}
            except Exception as error:
                answer = {"raised": shown_error(error)}
            print(json.dumps(answer), flush=True)


def outcome(clients: dict[str, Any], call: dict[str, Any], runner: asyncio.Runner) -> Any:
    name = json.dumps([call["constructor"], call["options"]])
    if name not in clients:
        clients[name] = getattr(onepin, call["constructor"])(**call["options"])
    method = clients[name]
    for part in call["method"].split("."):
        method = getattr(method, part)
    result = method(*call["args"], **call["kwargs"])
    return shown(runner.run(result) if inspect.iscoroutine(result) else result)


def shown_error(error: Exception) -> dict[str, Any]:
    return {
        "kinds": [kind.__name__ for kind in type(error).__mro__],
        "text": str(error),
        "status": getattr(error, "status_code", None),
        "headers": dict(getattr(error, "headers", None) or {}),
        "body": shown(getattr(error, "body", None)),
    }


def shown(value: Any) -> Any:
    """``value`` as JSON; what JSON has no type for as {"$": type, …}."""
    if isinstance(value, BaseModel):
        fields = {name: shown(getattr(value, name)) for name in type(value).model_fields}
        return {"$": type(value).__name__, "fields": fields, "unknown": shown(value.model_extra or {})}
    if isinstance(value, RESPONSES):
        fields = {"data": shown(value.data), "headers": dict(value.headers)}
        return {"$": type(value).__name__, "fields": fields, "unknown": {}}
    if isinstance(value, dt.datetime):
        return {"$": "datetime", "text": value.isoformat()}
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shown(item) for item in value]
    return value


if __name__ == "__main__":
    main()
