"""The documentation and the code say the same: what is in the code is looked up in what readers get."""

import html
import re
from pathlib import Path

import pytest

from docsite import operations
from docsite.reference import families
from onepin.cli.main import COMMANDS
from onepin.contract.codes import Code
from onepin.contract.scopes import SCOPES
from onepin.server.access import ROLES
from onepin.server.audit import Action
from onepin.server.settings import SETTINGS
from openapi_schema import operations as described

EVERY = operations.load()
every_operation = pytest.mark.parametrize("operation", EVERY, ids=lambda operation: operation.name)
PUBLIC = {
    "create_api_key": "api-reference/api-keys/create-api-key-api-v-1-api-keys-post",
    "list_api_keys": "api-reference/api-keys/list-api-keys-api-v-1-api-keys-get",
    "rotate_api_key": "api-reference/api-keys/rotate-api-key-api-v-1-api-keys-key-id-rotate-patch",
}
"""Addresses of the public site's pages, which others link to."""


def text(site: Path, slug: str) -> str:
    """The Markdown of a page."""
    return (site / "docs" / f"{slug}.md").read_text("utf-8")


def test_every_operation_has_a_page(site: Path) -> None:
    assert {(o.method, o.path) for o in EVERY} == {(method, path) for method, path, _ in described()}
    for operation in EVERY:
        assert (site / "docs" / f"{operation.slug}.html").exists()
    assert PUBLIC.items() <= {o.name: o.slug for o in EVERY}.items()


@every_operation
def test_a_page_names_every_field_with_its_type_and_limits(site: Path, operation: operations.Operation) -> None:
    markdown = text(site, operation.slug)
    page = (site / "docs" / f"{operation.slug}.html").read_text("utf-8")
    sent = operation.path_fields + operation.header_fields + operation.query_fields + operation.body_fields
    for top in sent + operation.answer_fields:
        for path, field in top.flat():
            row = re.search(rf"^\| `{re.escape(path)}` \| {re.escape(field.type)} \| (\w+) \| (.*) \|$", markdown, re.M)
            assert row, f"{path} is not in the Markdown"
            assert f'data-path="{path}"' in page, f"{path} is not on the page"
            for said in (field.limits[1:], *field.values):
                assert said.replace("|", "\\|") in row[2]
                assert html.escape(said) in page


@every_operation
def test_a_page_says_how_to_authenticate_and_what_can_go_wrong(site: Path, operation: operations.Operation) -> None:
    markdown = text(site, operation.slug)
    page = (site / "docs" / f"{operation.slug}.html").read_text("utf-8")
    for way in operation.credentials:
        assert f"**{way.name}**" in markdown
        assert f"<strong>{way.name}</strong>" in page
    assert page.count('<span class="or">') == max(0, len(operation.credentials) - 1)
    for problem in operation.problems:
        assert f"| {problem.status} | `{problem.code}` |" in markdown
        assert f'<span class="status">{problem.status}</span> <code>{problem.code}</code>' in page
    for language in ("curl", "JavaScript"):
        assert f'data-title="{language}"' in page


def test_every_error_code_has_its_place_and_a_sample(site: Path) -> None:
    page = text(site, "reference/error-codes")
    for code in Code:
        assert f"| {code.status} | `{code.value}` |" in page
        assert f"\n## {code.value}\n" in page


@pytest.mark.parametrize(
    ("slug", "words"),
    [
        ("reference/scopes", SCOPES),
        ("get-started/authentication", ROLES),
        ("reference/settings", [setting.env for setting in SETTINGS]),
        ("reference/settings", [setting.flag for setting in SETTINGS if setting.flag]),
        ("reference/audit-actions", [action.value for action in Action]),
        ("reference/metrics", [name for name, _, _ in families()]),
    ],
)
def test_a_table_has_everything_that_the_code_has(site: Path, slug: str, words: list[str]) -> None:
    page = text(site, slug)
    assert words
    for word in words:
        assert f"`{word}`" in page, f"{word} is not on the page {slug}"


def test_every_metric_is_one_that_the_server_has() -> None:
    assert {"onepin_request_duration_seconds", "onepin_jwks_age_seconds"} <= {name for name, _, _ in families()}


def test_every_command_is_spoken_of(site: Path) -> None:
    everything = "".join(path.read_text("utf-8") for path in site.rglob("*.md"))
    for name in COMMANDS:
        assert re.search(rf"onepin {name}\b", everything), f"no page says what `onepin {name}` is for"


def test_every_command_that_is_spoken_of_exists(site: Path) -> None:
    spoken = set()
    for path in (site / "docs").rglob("*.md"):
        if path.parent.name != "decisions" and path.stem != "changelog":
            spoken |= set(re.findall(r"`onepin ([a-z][a-z-]*)", path.read_text("utf-8")))
    assert spoken <= set(COMMANDS) | {"keys"}


def test_an_agent_finds_rotation_with_grace_and_no_page_twice(site: Path) -> None:
    index, full = ((site / name).read_text("utf-8") for name in ("llms.txt", "llms-full.txt"))
    [entry] = [line for line in index.splitlines() if "/docs/how-to/rotate-a-key.md)" in line]
    assert "grace" in entry
    titles = re.findall(r"(?:^|\n---\n\n)# (.+)\n", full)
    assert len(titles) > 60
    assert len(set(titles)) == len(titles)
