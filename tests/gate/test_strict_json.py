"""Bodies that parsers disagree about are refused, in the same words by both databases, and never an error of ours."""

import json
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest

from asgi_client import Asked, ask
from routes import NOBODYS, NOBODYS_TOKEN, ROUTES
from service import Service
from standing import standing_loop
from tenants import state

pytestmark = standing_loop
JSON = ("Content-Type", "application/json")
DEEP = 17


def nested(depth: int) -> bytes:
    """An object with a name, and a list so many levels deep in all."""
    return b'{"name":"a","x":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


MALFORMED = {
    "unfinished": b'{"name":"a"',
    "too finished": b'{"name":"a"}}',
    "two values": b'{"name":"a"}{"name":"b"}',
    "trailing text": b'{"name":"a"} x',
    "trailing comma": b'{"name":"a",}',
    "single quotes": b"{'name':'a'}",
    "bare name": b'{name:"a"}',
    "comment": b'{"name":"a"/* b */}',
    "line comment": b'// x\n{"name":"a"}',
    "nothing but space": b"   ",
    "NaN": b'{"name":"a","rate_limit_per_min":NaN}',
    "Infinity": b'{"name":"a","rate_limit_per_min":Infinity}',
    "minus Infinity": b'{"name":"a","rate_limit_per_min":-Infinity}',
    "NaN where nobody looks": b'{"name":"a","x":[{"y":NaN}]}',
    "NaN alone": b"NaN",
    "same name twice": b'{"name":"a","name":"b"}',
    "same name twice, same value": b'{"name":"a","name":"a"}',
    "same name twice, once escaped": b'{"name":"a","\\u006eame":"b"}',
    "same name twice inside": b'{"name":"a","x":{"y":1,"y":2}}',
    "same name twice in a list": b'{"name":"a","x":[{"y":1,"y":2}]}',
    "same empty name twice": b'{"":1,"":2}',
    "byte order mark": b'\xef\xbb\xbf{"name":"a"}',
    "UTF-16 with mark": '{"name":"a"}'.encode("utf-16"),
    "UTF-16 little": '{"name":"a"}'.encode("utf-16-le"),
    "UTF-16 big": '{"name":"a"}'.encode("utf-16-be"),
    "UTF-32": '{"name":"a"}'.encode("utf-32"),
    "Latin-1": '{"name":"é"}'.encode("latin-1"),
    "broken UTF-8": b'{"name":"\xff\xfe"}',
    "overlong UTF-8": b'{"name":"\xc0\xaf"}',
    "surrogate in UTF-8": b'{"name":"\xed\xa0\x80"}',
    "five-byte UTF-8": b'{"name":"\xf8\x88\x80\x80\x80"}',
    "raw NUL": b'{"name":"a\x00b"}',
    "NUL behind": b'{"name":"a"}\x00',
    "raw newline in text": b'{"name":"a\nb"}',
    "raw tab in text": b'{"name":"a\tb"}',
    "bad escape": b'{"name":"\\x41"}',
    "short escape": b'{"name":"\\u00"}',
    "leading zero": b'{"name":"a","rate_limit_per_min":010}',
    "plus sign": b'{"name":"a","rate_limit_per_min":+10}',
    "hex": b'{"name":"a","rate_limit_per_min":0x10}',
    "no digit before the point": b'{"name":"a","rate_limit_per_min":.5}',
    "no digit behind the point": b'{"name":"a","rate_limit_per_min":5.}',
    "underscore": b'{"name":"a","rate_limit_per_min":1_000}',
    "5000 digits": b'{"name":"a","rate_limit_per_min":' + b"9" * 5000 + b"}",
    "deep": nested(DEEP),
    "deeper": nested(1000),
    "deepest": nested(30_000),
    "deep objects": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "deep and unfinished": b"[" * 60_000,
    "True": b'{"name":"a","x":True}',
    "undefined": b'{"name":"a","x":undefined}',
    "form": b"name=a&scopes=voices:read",
    "gzip magic": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
}
INVALID = {
    "null": b"null",
    "a list": b'[{"name":"a"}]',
    "text": b'"a"',
    "a number": b"1",
    "a large number": b"9" * 4000,
    "infinite by size": b"1e400",
    "NUL": b'{"name":"a\\u0000b"}',
    "high surrogate": b'{"name":"\\ud800"}',
    "low surrogate": b'{"name":"a\\udc00"}',
    "surrogates the wrong way round": b'{"name":"\\udc00\\ud800"}',
    "surrogate in a scope": b'{"name":"a","scopes":["\\ud800"]}',
    "surrogate in a type": b'{"name":"a","key_type":"\\ud800"}',
    "surrogate as a field": b'{"name":"a","\\ud800":1}',
    "NUL as a field": b'{"name":"a","\\u0000":1}',
    "surrogate inside": b'{"name":"a","x":{"\\ud800":"\\udfff"}}',
    "2^31": b'{"name":"a","rate_limit_per_min":2147483648}',
    "2^63": b'{"name":"a","rate_limit_per_min":9223372036854775808}',
    "-2^63-1": b'{"name":"a","rate_limit_per_min":-9223372036854775809}',
    "4000 digits": b'{"name":"a","rate_limit_per_min":' + b"9" * 4000 + b"}",
    "1e400": b'{"name":"a","rate_limit_per_min":1e400}',
    "-1e400": b'{"name":"a","rate_limit_per_min":-1e400}',
    "1e400 elsewhere": b'{"name":"a","x":1e400}',
    "1e3": b'{"name":"a","rate_limit_per_min":1e3}',
    "1.0": b'{"name":"a","rate_limit_per_min":1.0}',
    "true for a number": b'{"name":"a","rate_limit_per_min":true}',
    "text for a number": b'{"name":"a","rate_limit_per_min":"10"}',
    "an object for a list": b'{"name":"a","scopes":{"0":"voices:read"}}',
    "text for a list": b'{"name":"a","scopes":"voices:read"}',
    "number for a name": b'{"name":1}',
    "list for a name": b'{"name":["a"]}',
    "workspace_id": b'{"name":"a","workspace_id":"0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10"}',
    "created_by": b'{"name":"a","created_by":"0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10"}',
    "__proto__": b'{"name":"a","__proto__":{"active":true}}',
    "__class__": b'{"name":"a","__class__":"x"}',
    "a field that is only space": b'{"name":"a"," ":1}',
    "as deep as may be": nested(DEEP - 1),
    "very many fields": json.dumps({"name": "a"} | {f"x{i}": i for i in range(3000)}).encode(),
    "a very long field": json.dumps({"name": "a", "x" * 60_000: 1}).encode(),
    "a very long name": json.dumps({"name": "x" * 60_000}).encode(),
    "very many scopes": json.dumps({"name": "a", "scopes": ["nothing:here"] * 3000}).encode(),
}


def same(one: Asked, other: Asked) -> Any:
    """What must be equal in the answers of two databases."""
    bodies = [answer.json() for answer in (one, other)]
    for body in bodies:
        del body["meta"]
    headers = [[pair for pair in answer.headers if pair[0] != "x-request-id"] for answer in (one, other)]
    return (one.status, headers[0], bodies[0]) == (other.status, headers[1], bodies[1])


async def refusals(
    both: tuple[Service, Service], method: str, path: str, bodies: Iterable[bytes]
) -> AsyncIterator[Asked]:
    """The answer to each body, which both databases give; nothing may have changed in either at the end."""
    keys = [await service.create_key() for service in both]
    before = [await state(service, key["workspace_id"]) for service, key in zip(both, keys, strict=True)]
    for body in bodies:
        answers = []
        for service, key in zip(both, keys, strict=True):
            target = path.replace("{key}", key["id"]).replace("{workspace}", key["workspace_id"])
            target = target.replace("{member}", str(NOBODYS)).replace("{invite}", str(NOBODYS))
            target = target.replace("{session}", str(NOBODYS))
            answers.append(await ask(service.app, method, target, [*service.session().items(), JSON], body))
        assert same(*answers)
        yield answers[0]
    assert [await state(service, key["workspace_id"]) for service, key in zip(both, keys, strict=True)] == before


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
async def test_what_is_not_json_is_a_broken_request(both: tuple[Service, Service], body: bytes) -> None:
    """If this failed, a proxy and this server could read two different requests out of the same bytes."""
    async for answer in refusals(both, "POST", "/api/v1/api-keys", [body]):
        assert (answer.status, answer.code) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("body", INVALID.values(), ids=INVALID)
async def test_what_no_key_can_be_is_invalid(both: tuple[Service, Service], body: bytes) -> None:
    """If this failed, one of the databases would refuse later, as an error of ours, or store what the other can't."""
    async for answer in refusals(both, "POST", "/api/v1/api-keys", [body]):
        assert (answer.status, answer.code) == (422, "VALIDATION_ERROR")
        assert len(answer.content) < 40_000, "an answer must not be a way to make us send much"


OTHERS = [
    ("PATCH", "/api/v1/api-keys/{key}"),
    ("DELETE", "/api/v1/api-keys/{key}"),
    ("PATCH", "/api/v1/api-keys/{key}/rotate"),
    ("POST", "/api/v1/workspaces"),
    ("PATCH", "/api/v1/workspaces/{workspace}"),
    ("DELETE", "/api/v1/workspaces/{workspace}"),
    ("PATCH", "/api/v1/workspaces/{workspace}/members/{member}"),
    ("DELETE", "/api/v1/workspaces/{workspace}/members/{member}"),
    ("POST", "/api/v1/workspaces/{workspace}/invites"),
    ("PATCH", "/api/v1/workspaces/{workspace}/invites/{invite}"),
    ("DELETE", "/api/v1/workspaces/{workspace}/invites/{invite}"),
    ("POST", f"/api/v1/workspaces/invites/{NOBODYS_TOKEN}/accept"),
    ("POST", "/api/v1/auth/local/sign-in"),
    ("POST", "/api/v1/auth/verify"),
    ("POST", "/api/v1/auth/approvals/BCDF-GHJK"),
    ("DELETE", "/api/v1/auth/sessions/{session}"),
]


@pytest.mark.parametrize(("method", "path"), OTHERS)
async def test_every_operation_reads_bodies_as_strictly(both: tuple[Service, Service], method: str, path: str) -> None:
    async for answer in refusals(both, method, path, MALFORMED.values()):
        assert (answer.status, answer.code) == (400, "BAD_REQUEST")
    async for answer in refusals(both, method, path, list(INVALID.values())[:6]):
        assert (answer.status, answer.code) == (422, "VALIDATION_ERROR")


async def test_every_operation_with_a_body_is_tried() -> None:
    tried = {("POST", "/api/v1/api-keys"), *OTHERS} - {("POST", "/api/v1/auth/local/sign-in")}
    listed = {(route.method, route.at(f"{{{route.whose}}}", "{workspace}")) for route in ROUTES if route.changes}
    assert listed == tried


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'{"name":"\\u0041\\ud83d\\udd11"}', "A🔑"),
        (b'\r\n\t {"name" : "a"}\n', "a"),
        ('{"name":"é"}'.encode(), "é"),
        (b'{"name":"\\/\\"\\\\"}', '/"\\'),
        (b'{"scopes":[],"rate_limit_per_min":null,"key_type":"live","name":"a"}', "a"),
    ],
)
async def test_what_json_allows_is_taken(both: tuple[Service, Service], body: bytes, name: str) -> None:
    for service in both:
        answer = await ask(service.app, "POST", "/api/v1/api-keys", [*service.session().items(), JSON], body)
        assert answer.json()["data"]["name"] == name
