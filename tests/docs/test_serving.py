"""How the server answers for the documentation."""

import gzip
import re
from pathlib import Path

import pytest

from docs.conftest import Reading
from docsite.pages import SECTIONS as NAVIGATION
from onepin.server.edge.documentation import SECTIONS

PAGE = "/docs/how-to/nginx"


async def test_where_the_site_is_not_built_it_says_how_to_build_it(tmp_path: Path, reading: Reading) -> None:
    async with reading(tmp_path / "none") as http:
        page = await http.get("/docs", headers={"Accept": "text/html,*/*;q=0.8"})
        assert page.status_code == 404
        assert "run scripts/docs" in page.text
        style = page.text.partition('stylesheet" href="')[2].partition('"')[0]
        assert (await http.get(style)).status_code == 200
        assert page.headers["content-type"].startswith("text/html")
        answer = await http.get("/llms.txt")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
        assert "run scripts/docs" in answer.json()["error"]["message"]


async def test_where_there_is_no_site_the_ways_out_have_the_servers_path(tmp_path: Path, reading: Reading) -> None:
    async with reading(tmp_path / "none", public_url="https://example.com/keys") as http:
        page = (await http.get("/docs", headers={"Accept": "text/html"})).text
    assert re.findall(r' href="(.+?)"', page)[1:] == ["/keys/", "/keys/openapi.json"]


async def test_pictures_are_sent_as_what_they_are(site: Path, reading: Reading) -> None:
    shown = [path for path in (site / "docs").rglob("*") if path.suffix in (".png", ".svg")]
    assert {path.suffix for path in shown} == {".png", ".svg"}
    async with reading(site) as http:
        for path in shown:
            answer = await http.get(f"/{path.relative_to(site).as_posix()}")
            assert answer.content == path.read_bytes()
            assert answer.headers["content-type"] == {".png": "image/png", ".svg": "image/svg+xml"}[path.suffix]


async def test_a_site_that_was_built_meanwhile_is_served_without_a_restart(tmp_path: Path, reading: Reading) -> None:
    folder = tmp_path / "documentation"
    async with reading(folder) as http:
        assert (await http.get("/docs")).status_code == 404
        folder.mkdir()
        (folder / "docs.html").write_text("<h1>built</h1>")
        assert (await http.get("/docs")).text == "<h1>built</h1>"


async def test_a_page_that_is_not_there(site: Path, reading: Reading) -> None:
    async with reading(site) as http:
        assert (await http.get("/docs/nothing")).json()["error"]["code"] == "NOT_FOUND"
        page = await http.get("/how-to/nothing", headers={"Accept": "text/html"})
        assert page.status_code == 404
        assert "<h1>There is no such page</h1>" in page.text
        assert 'href="/docs"' in page.text


@pytest.mark.parametrize(
    "path",
    [
        "/docs/../../pyproject.toml",
        "/docs/%2e%2e/%2e%2e/etc/passwd",
        "/docs//etc/passwd",
        "/docs/%2e%2e/docs.html",
        "/how-to/..%2f..%2fapp.py",
        "/docs/%00",
        "/docs/how-to/nginx.html/",
    ],
)
async def test_no_spelling_of_a_path_reaches_another_file(site: Path, reading: Reading, path: str) -> None:
    """If this failed, anybody could read the server's files, the pepper among them."""
    (site.parent / "pyproject.toml").write_text("secret")
    async with reading(site) as http:
        assert (await http.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "text/html"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("text/markdown", "text/markdown"),
        ("text/markdown, text/html;q=0.5", "text/markdown"),
        ("text/markdown;q=0.5, text/html", "text/html"),
        ("text/markdown;q=0, */*", "text/html"),
        ("text/markdown;q=nonsense", "text/html"),
        ("", "text/html"),
    ],
)
async def test_who_asks_for_markdown_gets_it(site: Path, reading: Reading, accept: str, kind: str) -> None:
    async with reading(site) as http:
        answer = await http.get(PAGE, headers={"Accept": accept})
    assert answer.headers["content-type"].partition(";")[0] == kind
    assert "Accept" in answer.headers["vary"]


async def test_who_has_a_page_is_not_sent_it_again(site: Path, reading: Reading) -> None:
    async with reading(site) as http:
        first = await http.get(PAGE, headers={"Accept-Encoding": "identity"})
        assert first.headers["cache-control"] == "no-cache"
        again = await http.get(PAGE, headers={"If-None-Match": f'"x", W/{first.headers["etag"]}'})
        assert (again.status_code, again.content) == (304, b"")


async def test_pages_are_compressed_for_whoever_takes_it(site: Path, reading: Reading) -> None:
    async with reading(site) as http:
        plain = await http.get(PAGE, headers={"Accept-Encoding": "identity"})
        async with http.stream("GET", PAGE, headers={"Accept-Encoding": "gzip"}) as packed:
            assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(gzip.compress(plain.content)) == plain.content
    assert packed.content == plain.content


async def test_assets_are_kept_for_good_since_their_address_changes_with_them(site: Path, reading: Reading) -> None:
    async with reading(site) as http:
        for path in (site / "docs" / "assets").rglob("*.*"):
            answer = await http.get(f"/{path.relative_to(site).as_posix()}")
            assert "immutable" in answer.headers["cache-control"]


async def test_behind_a_public_address_with_a_path_every_link_has_it(site: Path, reading: Reading) -> None:
    async with reading(site, public_url="https://example.com/keys") as http:
        page = (await http.get(PAGE)).text
        assert 'href="/keys/docs/how-to/caddy"' in page
        assert 'href="/docs' not in page
        assert "https://example.com/keys/llms.txt" in (await http.get(f"{PAGE}.md")).text


async def test_examples_have_the_address_that_was_asked(site: Path, reading: Reading) -> None:
    slug = "/docs/api-reference/api-keys/create-api-key-api-v-1-api-keys-post"
    async with reading(site, allowed_hosts="keys.example.com:8443") as http:
        headers = {"Host": "keys.example.com:8443"}
        assert (
            "curl -X POST http://keys.example.com:8443/api/v1" in (await http.get(f"{slug}.md", headers=headers)).text
        )
        assert '<span class="base">http://keys.example.com:8443</span>' in (await http.get(slug, headers=headers)).text


def test_the_server_knows_the_sections_of_the_navigation() -> None:
    assert tuple(section.slug for section in NAVIGATION) == SECTIONS
