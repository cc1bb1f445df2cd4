"""The two clients of the SDK, called the same way."""

import asyncio
from collections.abc import Callable
from typing import Any

from client.ways import method_of
from onepin import AsyncOnePinClient, OnePinClient

KINDS = ("sync", "async")


class Called:
    """A client of either kind: ``called("api_keys.create", name="ci")``. Lists come as the list of all items."""

    def __init__(self, kind: str, **options: Any) -> None:
        self._runner = asyncio.Runner()
        self.client: Any = (OnePinClient if kind == "sync" else AsyncOnePinClient)(**options)

    def __call__(self, method: str, *args: Any, **kwargs: Any) -> Any:
        result = method_of(self.client, method)(*args, **kwargs)
        return self.wait(result) if hasattr(result, "__await__") else result

    def wait(self, coming: Any) -> Any:
        async def work() -> Any:
            return await coming

        return self._runner.run(work())

    def all(self, pages: Any, visit: Callable[[Any], None] = lambda item: None) -> list[Any]:
        """Every item of a list over all its pages, in order; ``visit`` is called as each one comes."""

        async def collect() -> list[Any]:
            found = []
            async for item in pages:
                found.append(item)
                visit(item)
            return found

        if hasattr(pages, "__aiter__"):
            return self._runner.run(collect())
        found = []
        for item in pages:
            found.append(item)
            visit(item)
        return found

    def close(self) -> None:
        if isinstance(self.client, OnePinClient):
            self.client.close()
        else:
            self._runner.run(self.client.aclose())
        self._runner.close()
