"""What every page about a proxy has to say, run here or not."""

import re

import pytest

from programs import ROOT

PAGES = {
    name: (ROOT / "docs" / "how-to" / f"{name}.md").read_text("utf-8")
    for name in ("nginx", "caddy", "traefik", "envoy")
}
PYTHON = (ROOT / "docs" / "how-to" / "protect-a-python-app.md").read_text("utf-8")
IDENTITY = ["Key-Id", "Workspace-Id", "Key-Creator", "Scopes", "Key-Name"]


@pytest.mark.parametrize("text", [*PAGES.values(), PYTHON], ids=[*PAGES, "python"])
def test_the_first_paragraph_says_what_a_check_alone_means(text: str) -> None:
    """Otherwise a reader would let in every key of every workspace without knowing."""
    first = " ".join(text.split("\n\n")[1].split())
    assert "*a* good key of *some* workspace" in first
    assert "`workspace=`" in first


@pytest.mark.parametrize("name", PAGES)
def test_every_recipe_names_a_workspace_and_who_called(name: str) -> None:
    assert "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10" in PAGES[name]
    for header in IDENTITY:
        assert re.search(f"x-onepin-{header}", PAGES[name], re.IGNORECASE), header


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_whether_it_is_run(name: str) -> None:
    assert ("not run by our tests" in PAGES[name]) == (name in {"traefik", "envoy"})
