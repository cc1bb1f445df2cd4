"""Which paths of an application are guarded."""

from collections.abc import Iterable, Mapping
from typing import Any


class Paths:
    """``/health`` is that path alone; ``/static/*`` is every path below ``/static/``; ``/*`` is all."""

    def __init__(self, guarded: Iterable[str], public: Iterable[str]) -> None:
        self._guarded = _checked("paths", guarded)
        self._public = _checked("public_paths", public)

    def guards(self, path: str) -> bool:
        """Whether ``path`` needs a key. One that an application might read as another one always does."""
        segments = path.replace("\\", "/").split("/")[1:]
        odd = not path.startswith("/") or "\\" in path or any(part in ("", ".", "..") for part in segments[:-1])
        if odd or segments[-1] in (".", ".."):
            return True
        return _matches(self._guarded, path) and not _matches(self._public, path)


def path_of(scope: Mapping[str, Any]) -> str:
    """The path within the application: ASGI has it with the prefix that the application is mounted under."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "").rstrip("/")
    return path[len(root) :] if root and path.startswith(root + "/") else path


def _checked(name: str, patterns: Iterable[str]) -> tuple[str, ...]:
    if isinstance(patterns, str):
        raise ValueError(f"{name} must be several patterns, such as [{patterns!r}]")
    several = tuple(patterns)
    for pattern in several:
        if not pattern.startswith("/") or "*" in pattern.removesuffix("/*"):
            raise ValueError(f"{name} has {pattern!r}: want a path that begins with '/', or one that ends with '/*'")
    return several


def _matches(patterns: Iterable[str], path: str) -> bool:
    return any(path.startswith(each[:-1]) if each.endswith("/*") else path == each for each in patterns)
