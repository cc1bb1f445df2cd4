"""docs/python-sdk: every Python block runs as it stands, page by page, against a real server."""

import re
from pathlib import Path
from typing import Any

import pytest

import onepin
from onepin.client import errors
from programs import ROOT
from server_process import ServerProcess

PAGES = sorted((ROOT / "docs" / "python-sdk").glob("*.md"))
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_page_runs(page: Path, server: ServerProcess, user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEPIN_BASE_URL", server.base_url)
    monkeypatch.setenv("ONEPIN_TOKEN", server.token(user))
    text = page.read_text("utf-8")
    namespace: dict[str, Any] = {"__name__": page.stem}
    for block in _BLOCK.finditer(text):
        line = text.count("\n", 0, block.start()) + 1
        exec(compile("\n" * line + block[1], str(page), "exec"), namespace)  # noqa: S102 - our own page
    clients = [value for value in namespace.values() if isinstance(value, onepin.OnePinClient)]
    assert clients
    for client in clients:
        client.close()


def test_there_are_the_pages_of_the_navigation() -> None:
    assert [page.stem for page in PAGES] == ["errors", "install", "usage"]


def test_the_page_draws_the_tree_of_the_module() -> None:
    page = (ROOT / "docs" / "python-sdk" / "errors.md").read_text("utf-8")
    drawn = [line.strip().replace("``", "") for line in (errors.__doc__ or "").splitlines() if "OnePin" in line]
    for line in drawn:
        assert line in page
    for name in onepin.__all__:
        assert not name.endswith("Error") or name in page


def test_every_operation_stands_on_the_usage_page() -> None:
    page = (ROOT / "docs" / "python-sdk" / "usage.md").read_text("utf-8")
    for operation in ("create", "list", "update", "pause", "resume", "revoke", "rotate", "usage", "verify"):
        assert f"api_keys.{operation}(" in page
    for word in ("token", "api_key", "base_url", "workspace_id", "profile", "timeout", "max_retries", "http_client"):
        assert f"| `{word}` |" in page
