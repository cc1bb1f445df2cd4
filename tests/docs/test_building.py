"""Building the site."""

import re
from pathlib import Path

import pytest

from docsite.build import build, collect
from docsite.links import Links
from docsite.operations import slug_of
from docsite.pages import DOCS, Page, SiteError
from docsite.rendering import render
from docsite.schema import Schemas
from docsite.sources import MADE_FROM, digest, is_current

PAGE = Page("how-to/a", "A", "About a.", "# A\n", DOCS / "how-to" / "a.md")
LINKS = Links([PAGE, Page("how-to/b", "B", "About b.", "# B\n", DOCS / "how-to" / "b.md")])


def test_a_site_built_again_is_the_same_to_the_byte(site: Path, tmp_path: Path) -> None:
    build(tmp_path / "again")
    first = {path.relative_to(site): path.read_bytes() for path in site.rglob("*.*")}
    assert first == {
        path.relative_to(tmp_path / "again"): path.read_bytes() for path in (tmp_path / "again").rglob("*.*")
    }


def test_a_build_takes_the_place_of_what_was_there(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "stray.html").write_text("old")
    build(folder)
    assert not (folder / "stray.html").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


@pytest.mark.parametrize("href", ["c.md", "../b.md", "b", "../../tests", "docs/how-to/b.md"])
def test_a_link_that_leads_nowhere_stops_the_build(href: str) -> None:
    with pytest.raises(SiteError, match="is no page"):
        LINKS.html(PAGE, href)


def test_links_are_addresses_in_html_and_absolute_in_markdown() -> None:
    assert LINKS.html(PAGE, "b.md#x") == "@PREFIX@/docs/how-to/b#x"
    assert LINKS.html(PAGE, "#x") == "@PREFIX@/docs/how-to/a#x"
    assert LINKS.html(PAGE, "https://example.com/b.md") == "https://example.com/b.md"
    text = Page("how-to/a", "A", "", "[b](b.md) `[b](b.md)`\n\n```\n[b](b.md)\n```\n", PAGE.source)
    assert LINKS.rewritten(text).startswith("[b](@BASE@/docs/how-to/b.md) ")
    assert "```\n[b](b.md)\n```" in LINKS.rewritten(text)


def test_every_picture_of_a_page_is_in_the_site_and_has_a_text(site: Path, tmp_path: Path) -> None:
    shown = {
        address: text
        for path in (site / "docs").rglob("*.html")
        for address, text in re.findall(
            r'<img src="@PREFIX@(/docs/(?!assets).+?)" alt="(.*?)"', path.read_text("utf-8")
        )
    }
    assert "/docs/images/keys.png" in shown
    for address, text in shown.items():
        assert (site / address[1:]).is_file()
        assert len(text) > 10, address
    with pytest.raises(SiteError, match="has no text"):
        render("![](x.png)", lambda href: href)
    with pytest.raises(SiteError, match="is not there"):
        LINKS.rewritten(Page("how-to/a", "A", "", "![x](none.png)", PAGE.source))


def test_pages_follow_each_other_as_in_the_navigation() -> None:
    slugs = [page.slug for page in collect()]
    assert slugs[0] == ""
    tags = [slug for slug in slugs if slug.startswith("api-reference") and slug.count("/") < 2]
    assert tags[:2] == ["api-reference", "api-reference/api-keys"]
    for slug in tags:
        inside = [other for other in slugs if other.startswith(f"{slug}/")]
        at = slugs.index(slug)
        assert slugs[at + 1 : at + 1 + len(inside)] == inside


def test_a_site_that_its_sources_would_give_again_is_current(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    assert not is_current(folder)
    build(folder)
    assert is_current(folder)
    (folder / MADE_FROM).write_text(digest()[::-1])
    assert not is_current(folder)


def test_headings_get_addresses_as_on_the_repositorys_pages() -> None:
    found = render("# T\n\n## What `a.b` is?\n\n## What ab is\n\ntext", lambda href: href)
    assert [heading.id for heading in found.headings] == ["what-ab-is", "what-ab-is-1"]
    assert "<h1" not in found.html
    assert found.passages[-1].text == "text"


@pytest.mark.parametrize(
    ("operation_id", "slug"),
    [
        ("create_api_key_api_v1_api_keys_post", "create-api-key-api-v-1-api-keys-post"),
        ("get_api_key_api_v1_api_keys__key_id__get", "get-api-key-api-v-1-api-keys-key-id-get"),
        ("health_health_get", "health-health-get"),
    ],
)
def test_addresses_of_operations_are_formed_as_on_the_public_site(operation_id: str, slug: str) -> None:
    assert slug_of(operation_id) == slug


def test_a_schema_says_everything_about_a_field() -> None:
    schemas = Schemas(
        {"components": {"schemas": {"Inner": {"properties": {"x": {"type": "integer"}}, "required": ["x"]}}}}
    )
    number = {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 1000000}, {"type": "null"}], "default": 5}
    field = schemas.field("n", number, required=False)
    assert (field.type, field.limits, field.default) == ("integer or null", "1 to 1,000,000", 5)
    listed = schemas.field("l", {"type": "array", "items": {"$ref": "#/components/schemas/Inner"}}, required=True)
    assert [path for path, _ in listed.flat()] == ["l", "l[].x"]
