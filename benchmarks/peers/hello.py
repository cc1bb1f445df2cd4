"""The peer of verify: the bare server. It looks at nothing and sends one prepared answer, of as many bytes as ours."""

import json
import os
from pathlib import Path
from typing import Any

prepared = Path(os.environ["BENCH_FOLDER"], "answer.json")
answer: Any = json.loads(prepared.read_text("utf-8")) if prepared.exists() else {"headers": [], "body": ""}
HEADERS = [(name.encode(), value.encode()) for name, value in answer["headers"]]
BODY = answer["body"].encode()


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": BODY})
