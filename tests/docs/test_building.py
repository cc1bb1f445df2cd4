"""Building the site."""

from pathlib import Path

import pytest

from docsite.build import build
from docsite.links import Links
from docsite.operations import slug_of
from docsite.pages import DOCS, Page, SiteError
from docsite.rendering import render
from docsite.schema import Schemas

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
