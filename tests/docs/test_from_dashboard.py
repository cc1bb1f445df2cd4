"""The dashboard's ways into the documentation, and back."""

import re
from pathlib import Path

import pytest

from docs.conftest import Reading
from onepin.server.edge.dashboard import FOLDER

NAMED = sorted(
    {page for path in FOLDER.rglob("*.js") for page in re.findall(r'docs\("(.*?)"\)', path.read_text("utf-8"))}
)


@pytest.mark.parametrize("page", NAMED)
async def test_a_page_that_the_dashboard_points_at_exists_and_points_back(
    site: Path, reading: Reading, page: str
) -> None:
    async with reading(site, public_url="https://example.com/keys") as http:
        answer = await http.get(f"/docs/{page}".removesuffix("/"))
    assert answer.status_code == 200
    assert '<a href="/keys/">Dashboard</a>' in answer.text


async def test_the_dashboard_knows_the_path_under_which_the_documentation_lies(site: Path, reading: Reading) -> None:
    assert "" in NAMED
    async with reading(site, public_url="https://example.com/keys") as http:
        assert "&quot;base&quot;: &quot;/keys&quot;" in (await http.get("/")).text
