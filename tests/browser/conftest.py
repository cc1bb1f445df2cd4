"""One server and one Chromium for all tests; each test is a person of its own, with a workspace of their own.

The server runs from a copy of the package that has the documentation in it, as a wheel has; the checkout may have none.
"""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from browser.visitor import Visitor, visiting
from docsite.build import build
from programs import ROOT
from server_process import ServerProcess, serving

Visit = Callable[..., AbstractAsyncContextManager[Visitor]]
expect.set_options(timeout=10_000)


@pytest.fixture(scope="session")
def chromium(need_program: Callable[..., Path]) -> Path:
    return need_program("chromium")


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a package with the built site."""
    folder = tmp_path_factory.mktemp("package")
    shutil.copytree(
        ROOT / "src" / "onepin",
        folder / "onepin",
        ignore=shutil.ignore_patterns("documentation", "documentation.new", "documentation.old"),
    )
    build(folder / "onepin" / "documentation")
    return folder


@pytest.fixture(scope="session")
def server(chromium: Path, package: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with serving(tmp_path_factory.mktemp("browser") / "data", package=package) as started:
        yield started


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: Path) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=str(chromium))
        yield started
        await started.close()


@pytest.fixture
def visit(browser: Browser, server: ServerProcess) -> Visit:
    """``visiting`` with this process's browser and server."""
    return partial(visiting, browser, server)


@pytest_asyncio.fixture(loop_scope="session")
async def ann(visit: Visit) -> AsyncIterator[Visitor]:
    """Somebody new, signed in, at the table of keys."""
    async with visit(f"ann-{uuid4().hex[:8]}@example.com") as visitor:
        await visitor.sign_in()
        yield visitor
