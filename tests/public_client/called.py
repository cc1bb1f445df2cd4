"""The published client seen from a test: calls go to ``caller.py`` in its environment, answers come back typed."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from public_client.published import client_environment

CALLER = Path(__file__).with_name("caller.py")
SECONDS = 60


@dataclass(frozen=True)
class Model:
    """An object of one of the client's classes: its fields as attributes, and what the class has no field for."""

    kind: str
    fields: dict[str, Any]
    unknown: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.fields[name]
        except KeyError:
            raise AttributeError(f"{self.kind} has no {name}") from None


class Raised(Exception):
    """What the client raised. ``kinds`` are the names of its class and of every class that one inherits from."""

    def __init__(self, raised: dict[str, Any]) -> None:
        super().__init__(raised["kinds"][0], raised["status"], raised["text"])
        self.kinds: list[str] = raised["kinds"]
        self.status: int | None = raised["status"]
        self.headers: dict[str, str] = raised["headers"]
        self.body: Any = _typed(raised["body"])


class Caller:
    """A process of the client's environment that takes calls, one after the other."""

    def __init__(self, bin_folder: Path, home: Path) -> None:
        home.mkdir(exist_ok=True)
        command = [str(bin_folder / "python"), "-I", str(CALLER)]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._process = subprocess.Popen(command, text=True, env=client_environment(home), cwd=home, **pipes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=SECONDS)

    def call(self, constructor: str, options: dict[str, Any], method: str, *args: Any, **kwargs: Any) -> Any:
        """The result of ``method`` (a dotted path) on a client made with ``options``; ``Raised`` if it raises."""
        call = {"constructor": constructor, "options": options, "method": method, "args": args, "kwargs": kwargs}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(call) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline() or '{"raised": {"kinds": ["CallerEnded"]}}')
        if "raised" in answer:
            raise Raised(answer["raised"])
        return _typed(answer["value"])


@dataclass(frozen=True)
class Client:
    """A client of one person (or key) at one server. ``options`` go to the constructor beside address and token."""

    caller: Caller
    constructor: str
    base_url: str
    token: str | None
    options: dict[str, Any] = field(default_factory=dict)

    def __call__(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """``client("api_keys.get_api_key", id)`` is ``client.api_keys.get_api_key(id)`` in the client's own process."""
        options = {"base_url": self.base_url, "token": self.token} | self.options
        if self.constructor.endswith("OnepinClient"):
            options["api_key"] = options.pop("token")
        return self.caller.call(self.constructor, options, method, *args, **kwargs)


MakeClient = Callable[..., Client]
"""Makes a ``Client`` from a token; further arguments go to the constructor of the published one."""


def _typed(value: Any) -> Any:
    match value:
        case {"$": "datetime", "text": str(text)}:
            return datetime.fromisoformat(text)
        case {"$": str(kind), "fields": dict(fields), "unknown": dict(unknown)}:
            return Model(kind, {name: _typed(item) for name, item in fields.items()}, _typed(unknown))
        case dict():
            return {name: _typed(item) for name, item in value.items()}
        case list():
            return [_typed(item) for item in value]
        case _:
            return value
