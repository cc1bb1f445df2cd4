"""The OpenAPI document: what generated clients and readers believe. Answers are held against it in ``envelope.py``."""

import json
import re
from typing import Any

import pytest
from fastapi.routing import APIRoute

from onepin.contract.api_keys import ApiKey, ApiKeyCreated, ApiKeyRotated
from onepin.contract.codes import Code
from onepin.contract.scopes import DEFAULT_SCOPES, SCOPES
from onepin.server.edge.documentation import SECTIONS
from onepin.server.keys.format import KeyFormat
from openapi_schema import faults, openapi, operations
from service import Service
from standing import standing_loop

KEY_OPERATIONS = {
    ("GET", "/api/v1/api-keys"): "list_api_keys_api_v1_api_keys_get",
    ("POST", "/api/v1/api-keys"): "create_api_key_api_v1_api_keys_post",
    ("GET", "/api/v1/api-keys/{key_id}"): "get_api_key_api_v1_api_keys__key_id__get",
    ("PATCH", "/api/v1/api-keys/{key_id}"): "update_api_key_api_v1_api_keys__key_id__patch",
    ("DELETE", "/api/v1/api-keys/{key_id}"): "delete_api_key_api_v1_api_keys__key_id__delete",
    ("PATCH", "/api/v1/api-keys/{key_id}/rotate"): "rotate_api_key_api_v1_api_keys__key_id__rotate_patch",
}
PAGES = {f"/{section}{rest}" for section in SECTIONS for rest in ("", ".md", "/{path}")}
NOT_DOCUMENTED = {
    "/",
    "/assets/{digest}/{name}",
    "/metrics",
    "/.well-known/jwks.json",
    "/openapi.json",
    "/webhooks/clerk",
}
NOT_DOCUMENTED |= {"/docs", "/docs.md", "/docs/{path}", "/feedback", "/llms.txt", "/llms-full.txt"} | PAGES
NOT_DOCUMENTED |= {"/device", "/api/v1/auth/device", "/api/v1/auth/device/token"}  # two of them by RFC 8628
LOCAL_TOKEN = "/api/v1/auth/local/token"
"""Takes a cookie, from the dashboard alone, and nothing else of a request: no body, no query."""
OPEN = {"/health", "/ready", "/api/v1/auth/local/sign-in", LOCAL_TOKEN}
SESSION: dict[str, list[str]] = {"SessionToken": []}
KEY: dict[str, list[str]] = {"ApiKey": []}
VERIFIER: dict[str, list[str]] = {"Verifier": []}
CHECK, VERIFY = ("GET", "/api/v1/auth/check"), ("POST", "/api/v1/auth/verify")
DECIDE = ("POST", "/api/v1/auth/approvals/{user_code}")
ACCEPT = ("POST", "/api/v1/workspaces/invites/{token}/accept")
USAGE = {"/api/v1/api-keys/{key_id}/usage", "/api/v1/usage/summary", "/api/v1/usage/activity"}
TAKES_KEYS = {
    *(("GET", path) for path in ("/api/v1/auth/whoami", "/api/v1/workspaces", "/api/v1/workspaces/slug-available")),
    *(("GET", "/api/v1/workspaces/{workspace_id}" + below) for below in ("", "/settings", "/members")),
    *(("GET", path) for path in USAGE),
}
every_operation = pytest.mark.parametrize(
    ("method", "path", "operation"), [pytest.param(*found, id=found[2]["operationId"]) for found in operations()]
)


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """``part``, or what it refers to."""
    while "$ref" in part:
        target: Any = openapi()
        for step in part["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        part = target
    return part


def content(operation: dict[str, Any], status: str) -> dict[str, Any]:
    found: dict[str, Any] = operation["responses"][status]["content"]["application/json"]
    return found


def success(operation: dict[str, Any]) -> str:
    (status,) = [status for status in operation["responses"] if status.startswith("2")]
    return str(status)


@standing_loop
async def test_every_route_is_documented_but_a_named_few(service: Service) -> None:
    served = {
        (method, route.path_format)
        for route in service.api.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    assert {path for _, path in served} >= NOT_DOCUMENTED
    documented = {(method, path) for method, path, _ in operations()}
    assert {(method, path) for method, path in served if path not in NOT_DOCUMENTED} == documented


def test_the_operations_on_keys_are_named_as_clients_know_them() -> None:
    tagged = {(m, p): o["operationId"] for m, p, o in operations() if o["tags"] == ["api-keys"]}
    assert tagged == KEY_OPERATIONS


@every_operation
def test_an_operation_id_is_function_path_and_method(method: str, path: str, operation: dict[str, Any]) -> None:
    assert operation["operationId"].endswith(re.sub(r"\W", "_", path) + "_" + method.lower())
    assert operation["summary"]
    assert operation["description"]
    assert len(operation["tags"]) == 1


def test_operation_ids_are_unique() -> None:
    ids = [operation["operationId"] for _, _, operation in operations()]
    assert len(set(ids)) == len(ids)


def test_all_credentials_are_bearer_schemes() -> None:
    schemes = openapi()["components"]["securitySchemes"]
    assert set(schemes) == {"SessionToken", "ApiKey", "Verifier"}
    assert all((scheme["type"], scheme["scheme"]) == ("http", "bearer") for scheme in schemes.values())


@every_operation
def test_an_operation_says_which_credentials_it_takes(method: str, path: str, operation: dict[str, Any]) -> None:
    expected = [] if path in OPEN else [SESSION, KEY] if (method, path) in TAKES_KEYS else [SESSION]
    special = {CHECK: [KEY], VERIFY: [VERIFIER, SESSION, KEY]}
    assert operation["security"] == special.get((method, path), expected)


@every_operation
def test_every_refusal_has_its_model_and_an_example_of_each_code(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    if path in ("/health", "/ready"):
        return
    refused = {int(status) for status in operation["responses"]} - {int(success(operation))}
    if path == LOCAL_TOKEN:
        assert refused >= {400, 403, 500, 503}
    else:
        assert refused >= {400, 401, 422, 429, 500}
    assert (path in OPEN) or refused >= {403, 503}
    assert ({413, 415} <= refused) == (method in ("POST", "PATCH", "DELETE") and path != LOCAL_TOKEN)
    assert (404 in refused) == ("{" in path)
    assert 405 not in refused
    for status in refused:
        described = content(operation, str(status))
        model = "ValidationErrorEnvelope" if status == 422 else "ErrorEnvelope"
        assert described["schema"] == {"$ref": f"#/components/schemas/{model}"}
        assert {Code(name).status for name in described["examples"]} == {status}
        for name, shown in described["examples"].items():
            body = resolved(shown)["value"]
            assert faults(body, described["schema"]) == []
            assert body["error"]["code"] == name


@every_operation
def test_every_success_has_a_model_of_its_own(method: str, path: str, operation: dict[str, Any]) -> None:
    schema = resolved(content(operation, success(operation))["schema"])
    if path not in ("/health", "/ready"):
        assert set(schema["required"]) in ({"data", "meta"}, {"data", "meta", "pagination"})
    makes = method == "POST" and path not in OPEN and (method, path) not in (VERIFY, ACCEPT, DECIDE)
    assert success(operation) == ("201" if makes else "200")


@every_operation
def test_examples_are_answers_that_could_be_given(method: str, path: str, operation: dict[str, Any]) -> None:
    described = content(operation, success(operation))
    assert faults(described["example"], described["schema"]) == []


@every_operation
def test_an_operation_has_the_codes_that_its_credentials_can_meet(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    """That each is sent, and no other, is tested by asking: tests/docs/test_refusals.py and ``envelope.check``."""
    codes = {name for answer in operation["responses"].values() for name in _examples(answer)}
    keys = KEY in operation["security"]
    assert ("INVALID_API_KEY" in codes) == ("WORKSPACE_MISMATCH" in codes) == keys
    assert ("SESSION_REQUIRED" in codes) == (operation["security"] == [SESSION])
    assert "WORKSPACE_SLUG_TAKEN" not in codes or path.startswith("/api/v1/workspaces")
    once = {p["name"] for p in operation.get("parameters", ())} & {"Idempotency-Key"}
    assert ("IDEMPOTENCY_KEY_REUSED" in codes) == bool(once)
    for status, header in (("401", "WWW-Authenticate"), ("429", "Retry-After"), ("503", "Retry-After")):
        if status in operation["responses"] and path != "/ready":
            assert header in operation["responses"][status]["headers"]


def _examples(answer: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = answer["content"]["application/json"].get("examples", {})
    return found


def test_the_examples_of_keys_are_sound() -> None:
    shown = {
        o["operationId"].partition("_api_v1")[0]: content(o, success(o))["example"]["data"]
        for m, p, o in operations()
        if (m, p) in KEY_OPERATIONS
    }
    (listed,) = shown["list_api_keys"]
    for key in (listed, shown["get_api_key"], shown["create_api_key"], shown["update_api_key"]):
        assert key["revoked_at"] is None
        assert key["preview"] == key["key_prefix"] + key["key_suffix"]
        assert "expires_at" not in key
    ApiKey.model_validate_json(json.dumps(listed), strict=True)
    created = ApiKeyCreated.model_validate_json(json.dumps(shown["create_api_key"]), strict=True)
    ApiKeyRotated.model_validate_json(json.dumps(shown["rotate_api_key"]), strict=True)
    assert KeyFormat(("pk",)).parse(created.api_key) is not None
    assert shown["delete_api_key"]["revoked_at"] is not None


def test_a_create_request_needs_a_name_and_says_its_defaults() -> None:
    schema = openapi()["components"]["schemas"]["ApiKeyCreate"]
    assert schema["required"] == ["name"]
    assert schema["additionalProperties"] is False
    fields = schema["properties"]
    assert set(fields) == {"name", "scopes", "rate_limit_per_min", "key_type"}
    assert (fields["name"]["minLength"], fields["name"]["maxLength"]) == (1, 120)
    assert fields["scopes"]["default"] == list(DEFAULT_SCOPES)
    assert fields["scopes"]["items"] == {"type": "string", "enum": list(SCOPES)}
    limit, nothing = fields["rate_limit_per_min"]["anyOf"]
    assert (limit["type"], limit["minimum"], limit["maximum"]) == ("integer", 1, 1_000_000)
    assert nothing == {"type": "null"}
    assert fields["rate_limit_per_min"]["default"] == 1000
    assert (fields["key_type"]["default"], fields["key_type"]["enum"]) == ("live", ["live"])
    described = openapi()["paths"]["/api/v1/api-keys"]["post"]["description"] + fields["key_type"]["description"]
    assert "live keys only" in described
    assert "reserved" in described


def test_only_an_answer_that_makes_a_key_has_a_field_for_its_secret() -> None:
    """If this failed, a generated client would look for secrets where there must be none."""
    schemas = openapi()["components"]["schemas"]
    with_secret = {name for name, schema in schemas.items() if "api_key" in schema.get("properties", {})}
    assert with_secret == {"ApiKeyCreated", "VerifyRequest"}, "and the request that brings one along"
    assert "expires_at" in schemas["ApiKey"]["properties"]
    assert "expires_at" not in schemas["ApiKeyCreated"]["properties"]
    assert "expires_at" not in schemas["ApiKey"]["required"]


@every_operation
def test_parameters_are_described_with_their_bounds(method: str, path: str, operation: dict[str, Any]) -> None:
    parameters = {(p["in"], p["name"]): p for p in operation.get("parameters", ())}
    assert (("header", "X-Workspace-Id") in parameters) == (path not in OPEN)
    once = (method, path) in {("POST", "/api/v1/api-keys"), ("PATCH", "/api/v1/api-keys/{key_id}/rotate")}
    assert (("header", "Idempotency-Key") in parameters) == once
    for name in re.findall(r"\{(\w+)\}", path):
        assert (parameters["path", name]["schema"].get("format") == "uuid") == (name not in ("token", "user_code"))
    assert not any(name.lower() == "authorization" for _, name in parameters)
    if (method, path) == ("GET", "/api/v1/api-keys"):
        schemas = {name: parameters["query", name]["schema"] for name in ("offset", "limit", "status")}
        assert (schemas["offset"]["minimum"], schemas["offset"]["maximum"]) == (0, 2**53 - 1)
        assert [schemas["limit"][word] for word in ("minimum", "maximum", "default")] == [1, 100, 50]
        assert (schemas["status"]["enum"], schemas["status"]["default"]) == (["active", "revoked", "all"], "active")


def test_the_frameworks_own_error_model_is_not_in_the_document() -> None:
    assert {"HTTPValidationError", "ValidationError"} & set(openapi()["components"]["schemas"]) == set()
