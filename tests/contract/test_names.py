"""What may be a name: of a key (120 code points) and of a workspace (200)."""

import json
from typing import Any

import pytest

from answers import data, refused
from service import Service
from standing import standing_loop

pytestmark = standing_loop
KEPT = {
    "plain": ("Production key", "Production key"),
    "stripped": (" \t\n\u3000\u00a0 CI \r\n", "CI"),
    "composed": ("Cafe\u0301", "Caf\u00e9"),
    "compatible characters stay": ("ﬁne ①", "ﬁne ①"),
    "inner spaces stay": ("a  b", "a  b"),
    "right to left": ("מפתח ייצור", "מפתח ייצור"),
    "joined emoji": ("👩\u200d🚀", "👩\u200d🚀"),
    "non-joiner": ("می\u200cخواهم", "می\u200cخواهم"),
    "markup": ("<script>'\"&;--", "<script>'\"&;--"),
    "looks like a path": ("../../etc/passwd", "../../etc/passwd"),
    "null as a word": ("null", "null"),
}
REFUSED = {
    "empty": "",
    "blank": " \t\u3000 ",
    "only joiners": "\u200d\u200c",
    "NUL": "a\x00b",
    "bell": "a\x07b",
    "escape": "\x1b[31mred",
    "newline inside": "a\nb",
    "tab inside": "a\tb",
    "delete": "a\x7fb",
    "C1 control": "a\x9bb",
    "line separator": "a\u2028b",
    "paragraph separator": "a\u2029b",
    "bidi override": "a\u202eb",
    "bidi isolate": "a\u2066b",
    "bidi mark": "a\u200fb",
    "zero width space": "a\u200bb",
    "byte order mark": "\ufeffa",
    "soft hyphen": "a\u00adb",
    "tag character": "a\U000e0041b",
    "unassigned": "a\u0378b",
    "noncharacter": "a\uffffb",
    "private use": "a\ue000b",
    "high surrogate": "a\ud800b",
    "low surrogate": "a\udc00b",
    "reversed pair": "\udc00\ud800",
}
NOT_TEXT: list[Any] = [None, 1, 1.5, True, [], ["a"], {}, {"a": "b"}]


@pytest.mark.parametrize(("sent", "kept"), KEPT.values(), ids=KEPT)
async def test_a_name_is_trimmed_and_composed_and_otherwise_kept(service: Service, sent: str, kept: str) -> None:
    key = await service.create_key(name=sent)
    assert key["name"] == kept
    path = f"api-keys/{key['id']}"
    assert data(await service.call("GET", path, service.session()))["name"] == kept
    await service.call("PATCH", path, service.session(), json={"name": "between"})
    assert data(await service.call("PATCH", path, service.session(), json={"name": sent}))["name"] == kept
    workspace = data(await service.call("POST", "workspaces", service.session(), json={"name": sent}), 201)
    assert workspace["name"] == kept


@pytest.mark.parametrize("sent", REFUSED.values(), ids=REFUSED)
async def test_a_name_that_can_not_be_seen_or_deceives_is_refused(service: Service, sent: str) -> None:
    """If this failed, a name could hide, reorder the text around it, or break a terminal or a log line."""
    key = await service.create_key(name="kept")
    path = f"api-keys/{key['id']}"
    body, headers = json.dumps({"name": sent}), service.session() | {"Content-Type": "application/json"}
    refused(await service.call("POST", "api-keys", headers, content=body), "VALIDATION_ERROR", "name")
    refused(await service.call("PATCH", path, headers, content=body), "VALIDATION_ERROR", "name")
    refused(await service.call("POST", "workspaces", headers, content=body), "VALIDATION_ERROR", "name")
    assert data(await service.call("GET", path, service.session()))["name"] == "kept"


@pytest.mark.parametrize("sent", NOT_TEXT)
async def test_a_name_is_text(service: Service, sent: object) -> None:
    body = {"name": sent}
    refused(await service.call("POST", "api-keys", service.session(), json=body), "VALIDATION_ERROR", "name")
    refused(await service.call("POST", "workspaces", service.session(), json=body), "VALIDATION_ERROR", "name")


@pytest.mark.parametrize("unit", ["x", "é", "e\u0301", "字", "🔑", "\U0001f469"])
@pytest.mark.parametrize(("path", "longest"), [("api-keys", 120), ("workspaces", 200)])
async def test_length_counts_code_points_after_composition(
    service: Service, path: str, longest: int, unit: str
) -> None:
    made = data(await service.call("POST", path, service.session(), json={"name": f"  {unit * longest}  "}), 201)
    assert len(made["name"]) == longest
    answer = await service.call("POST", path, service.session(), json={"name": unit * (longest + 1)})
    refused(answer, "VALIDATION_ERROR", "name")
