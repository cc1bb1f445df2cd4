"""What needs no credential: /health, /ready, the front page, the sign-in link; and what is no path of ours."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from answers import data, refused
from asgi_client import ask
from envelope import check_response
from onepin import __version__
from onepin.contract.codes import Code
from onepin.server.app import assemble
from onepin.server.clock import ManualClock
from openapi_schema import openapi
from service import HOST, Service, bearer, config_for, lifespan, running
from standing import standing_loop

pytestmark = standing_loop


async def test_health_says_that_the_process_runs(service: Service) -> None:
    answer = await service.call("GET", "/health")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "version": __version__}


async def test_ready_says_that_traffic_may_come(service: Service) -> None:
    answer = await service.call("GET", "/ready")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "reasons": []}


async def test_while_it_drains_only_ready_says_no(tmp_path: Path) -> None:
    config = config_for(tmp_path, f"sqlite:///{tmp_path / 'onepin.db'}")
    app = assemble(config, local=None, clock=ManualClock(), draining=lambda: True).asgi
    async with lifespan(app):
        transport, hooks = httpx.ASGITransport(app=app), {"response": [check_response]}
        async with httpx.AsyncClient(transport=transport, base_url=HOST, event_hooks=hooks) as http:
            ready = await http.get("/ready")
            assert ready.status_code == 503
            assert ready.json() == {"status": "unavailable", "reasons": ["draining"]}
            assert int(ready.headers["retry-after"]) >= 1
            assert (await http.get("/health")).status_code == 200
            refused(await http.get("/api/v1/api-keys"), "UNAUTHORIZED")


@pytest.mark.parametrize("credential", ["", "Bearer x", "Bearer pk_live_x", "Basic YTpi", "Bearer"])
@pytest.mark.parametrize("path", ["/health", "/ready", "/", "/openapi.json", "/.well-known/jwks.json"])
async def test_open_paths_take_no_notice_of_credentials(service: Service, path: str, credential: str) -> None:
    plain = await service.call("GET", path)
    answer = await service.call("GET", path, {"Authorization": credential})
    assert answer.status_code == 200
    assert answer.content == plain.content


async def test_the_published_document_is_the_one_that_is_served(service: Service) -> None:
    answer = await service.call("GET", "/openapi.json")
    served, described = answer.json(), openapi()
    assert served["paths"].keys() == described["paths"].keys()
    assert served["components"].keys() == described["components"].keys()
    assert served["components"]["schemas"] == described["components"]["schemas"]


async def test_the_served_document_has_the_scopes_and_defaults_of_the_deployment(tmp_path: Path) -> None:
    settings = {"scopes": "maps:read,maps:draw", "default_scopes": "maps:read", "default_rate_limit_per_min": "none"}
    url = f"sqlite:///{tmp_path / 'onepin.db'}"
    async with running(tmp_path, url, None, store=None, **settings) as service:
        schemas = (await service.call("GET", "/openapi.json")).json()["components"]["schemas"]
    created, updated = (schemas[name]["properties"] for name in ("ApiKeyCreate", "ApiKeyUpdate"))
    scopes = ["maps:read", "maps:draw"]
    assert created["scopes"]["items"]["enum"] == updated["scopes"]["anyOf"][0]["items"]["enum"] == scopes
    assert created["scopes"]["default"] == ["maps:read"]
    assert created["rate_limit_per_min"]["default"] is None


@pytest.mark.parametrize("path", ["/nothing", "/api", "/api/v1", "/api/v2/api-keys", "/redoc", "/.env"])
async def test_a_path_that_does_not_exist_is_refused_in_the_envelope(service: Service, path: str) -> None:
    for method in ("GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS"):
        assert (await service.call(method, path)).status_code == 404
    refused(await service.call("GET", path, service.session()), "NOT_FOUND")


async def test_a_sign_in_link_works_once_and_for_ten_minutes(service: Service) -> None:
    """If this failed, a link left in a shell history would be a way in."""

    async def redeem(code: str) -> Any:
        return await service.call("POST", "auth/local/sign-in", json={"code": code})

    code = service.issuer.new_sign_in_code(user=service.user, now=service.clock.now())
    token = data(await redeem(code))["token"]
    who = data(await service.call("GET", "auth/whoami", bearer(token)))
    assert who == data(await service.call("GET", "auth/whoami", service.session()))
    late = service.issuer.new_sign_in_code(user=service.user, now=service.clock.now())
    service.clock.advance(600)
    for spent in (code, late, "x" * 43, "", "../session-key.pem"):
        refused(await redeem(spent), "UNAUTHORIZED")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "BAD_REQUEST"),
        (b"{}", "VALIDATION_ERROR"),
        (b'{"code":1}', "VALIDATION_ERROR"),
        (b'{"code":"x","user":"root"}', "VALIDATION_ERROR"),
        (b'{"code":"x","code":"y"}', "BAD_REQUEST"),
        (b"{", "BAD_REQUEST"),
        (b'{"code":"' + b"x" * 70_000 + b'"}', "PAYLOAD_TOO_LARGE"),
    ],
    ids=["nothing", "no code", "a number", "more than a code", "twice", "malformed", "too large"],
)
async def test_a_sign_in_takes_a_code_and_nothing_else(service: Service, body: bytes, code: str) -> None:
    headers = {"Content-Type": "application/json"}
    refused(await service.call("POST", "auth/local/sign-in", headers, content=body), code)
    refused(await service.call("POST", "auth/local/sign-in", content=b'{"code":"x"}'), "UNSUPPORTED_MEDIA_TYPE")


async def test_a_failure_of_ours_is_an_envelope_that_tells_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """If this failed, a traceback could show a stranger what the server holds."""
    config = config_for(tmp_path, f"sqlite:///{tmp_path / 'onepin.db'}")

    async def broken(*_: object) -> None:
        raise RuntimeError("the password is swordfish")

    edge = assemble(config, local=None, clock=ManualClock()).asgi
    monkeypatch.setattr(edge, "_app", broken)
    answer = await ask(edge, "GET", "/api/v1/api-keys")
    assert (answer.status, answer.code) == (500, "SERVER_ERROR")
    assert answer.json()["error"]["message"] == Code.SERVER_ERROR.text
    assert b"swordfish" not in answer.content
    assert "swordfish" in caplog.text, "the operator does see it"


async def test_a_failure_behind_a_route_is_an_envelope_too(
    standing_sqlite: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the password is swordfish")

    headers = list(standing_sqlite.anew().session().items())
    monkeypatch.setattr(standing_sqlite.store, "one", broken)
    answer = await ask(standing_sqlite.app, "GET", "/api/v1/api-keys", headers)
    assert (answer.status, answer.code) == (500, "SERVER_ERROR")
    assert b"swordfish" not in answer.content
    assert "swordfish" in caplog.text
