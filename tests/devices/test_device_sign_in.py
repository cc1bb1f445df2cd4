"""Signing in on a device without a browser, as RFC 8628 has it."""

import asyncio
import base64
import hashlib
import json
import re
from typing import Any

import pytest
from sqlalchemy import select

from answers import data, refused
from asgi_client import ask
from devices.flow import START, TOKEN, Device, carrying, denied, refresh, sessions, signed_in
from onepin.contract.device_grants import DEVICE_CODE_GRANT
from onepin.server.keys.format import KeyFormat, mint
from onepin.server.records import AuditRecord
from onepin.server.store.query import Query
from onepin.server.store.tables import audit_events
from service import Service, bearer
from standing import standing_loop
from tenants import user_id_of, whole_state

pytestmark = standing_loop
_DEPLOYMENT = Query(
    select(*[audit_events.c[name] for name in AuditRecord._fields]).where(audit_events.c.workspace_id.is_(None)),
    AuditRecord,
)


async def test_a_device_is_told_what_to_show(service: Service) -> None:
    started = (await Device.start(service)).started
    assert set(started) == {
        *("device_code", "user_code", "verification_uri", "verification_uri_complete", "expires_in", "interval")
    }
    assert re.fullmatch(r"[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}", started["user_code"])
    assert len(started["device_code"]) >= 43
    assert started["verification_uri"] == "http://127.0.0.1:8000/device"
    assert started["verification_uri_complete"] == f"http://127.0.0.1:8000/device?user_code={started['user_code']}"
    assert (started["expires_in"], started["interval"]) == (600, 5)


async def test_who_is_approved_acts_as_their_person(service: Service) -> None:
    """Roles come from the tables, so the token opens what its person's own session opens, and no more."""
    key = await service.create_key()
    granted = await signed_in(service)
    assert (granted["token_type"], granted["expires_in"]) == ("Bearer", 300)
    assert KeyFormat(("pk",)).parse(granted["refresh_token"], "session") is not None
    headers = carrying(granted)
    who = data(await service.call("GET", "auth/whoami", headers))
    assert (who["auth_kind"], who["user_id"]) == ("clerk", str(await user_id_of(service, service.user)))
    assert [one["id"] for one in data(await service.call("GET", "api-keys", headers))] == [key["id"]]
    assert data(await service.call("POST", "api-keys", headers, json={"name": "by a device"}), 201)
    other = await service.workspace_of(f"other-{service.user}")
    refused(await service.call("GET", "api-keys", headers | {"X-Workspace-Id": str(other)}), "NOT_A_MEMBER")


async def test_a_device_waits_until_its_person_has_decided(service: Service) -> None:
    device = await Device.start(service)
    for _ in range(3):
        assert denied(await device.ask()) == "authorization_pending"
        service.clock.advance(5)
    data(await device.decide(service.session()))
    assert (await device.ask()).status_code == 200


async def test_who_asks_too_often_is_slowed_down_more_each_time(service: Service) -> None:
    """RFC 8628 §3.5: the interval grows by 5 seconds for this and all later questions."""
    device = await Device.start(service)
    assert denied(await device.ask()) == "authorization_pending"
    service.clock.advance(4.9)
    assert denied(await device.ask()) == "slow_down"
    service.clock.advance(5.1)
    assert denied(await device.ask()) == "slow_down"
    service.clock.advance(15)
    assert denied(await device.ask()) == "authorization_pending"
    data(await device.decide(service.session()))
    assert (await device.ask()).status_code == 200, "somebody who is approved is not made to wait"


async def test_who_is_denied_stays_so(service: Service) -> None:
    device = await Device.start(service)
    assert data(await device.decide(service.session(), approve=False)) == {"status": "denied"}
    for _ in range(2):
        assert denied(await device.ask()) == "access_denied"
    refused(await device.decide(service.session()), "NOT_FOUND")
    assert await sessions(service) == []


async def test_a_code_is_good_for_ten_minutes(service: Service) -> None:
    """If this failed, an old screen could be approved long after anybody looks at it."""
    late, unfetched = await Device.start(service), await Device.start(service)
    service.clock.advance(599)
    data(await unfetched.decide(service.session()))
    service.clock.advance(1)
    for device in (late, unfetched):
        assert denied(await device.ask()) == "expired_token"
    refused(await late.decide(service.session()), "NOT_FOUND")
    refused(await service.call("GET", late.path, service.session()), "NOT_FOUND")


async def test_a_device_code_works_once(service: Service) -> None:
    """If this failed, whoever reads it later would get a session of their own."""
    device = await Device.start(service)
    data(await device.decide(service.session()))
    answers = await asyncio.gather(*(device.ask() for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 9
    assert {denied(answer) for answer in answers if answer.status_code == 400} == {"invalid_grant"}
    assert len(await sessions(service)) == 1


async def test_one_of_two_decisions_counts(service: Service) -> None:
    device = await Device.start(service)
    other = service.session(f"other-{service.user}")
    await service.workspace_of(f"other-{service.user}")
    answers = await asyncio.gather(device.decide(service.session()), device.decide(other))
    assert sorted(answer.status_code for answer in answers) == [200, 404]
    assert (await device.ask()).status_code == 200
    assert len(await sessions(service)) + len(await sessions(service, other)) == 1


async def test_the_person_sees_who_asks_before_they_decide(service: Service) -> None:
    device = await Device.start(service, device_name="onepin on ann-laptop")
    shown = data(await service.call("GET", device.path, service.session()))
    assert (shown["client"], shown["user_code"]) == ("onepin on ann-laptop", device.started["user_code"])
    assert shown["address"] == "127.0.0.1"
    typed = device.started["user_code"].lower().replace("-", " ")
    assert data(await service.call("GET", f"auth/approvals/{typed}", service.session())) == shown


@pytest.mark.parametrize("code", ["BCDF-GHJK", "x", "%00", "BCDF-GHJKL", "-", "AEIO-UAEI", "%F0%9F%94%91"])
async def test_a_code_under_which_nobody_waits(service: Service, code: str) -> None:
    for method, more in (("GET", {}), ("POST", {"json": {"approve": True}})):
        refused(await service.call(method, f"auth/approvals/{code}", service.session(), **more), "NOT_FOUND")


@pytest.mark.parametrize(
    "form",
    [
        {"device_name": "a" * 101},
        {"device_name": "a\x00b"},
        {"device_name": "evil\u202egpj"},
        {"client_id": "  "},
    ],
    ids=str,
)
async def test_a_name_that_could_not_be_shown_is_refused(service: Service, form: dict[str, str]) -> None:
    """If this failed, a device could put words into the page on which it is approved."""
    before = await whole_state(service)
    assert denied(await service.call("POST", START, data=form)) == "invalid_request"
    assert await whole_state(service) == before


BAD: dict[str, tuple[str, str]] = {
    "nothing": ("", "unsupported_grant_type"),
    "another grant": ("grant_type=password&username=a&password=b", "unsupported_grant_type"),
    "client credentials": ("grant_type=client_credentials", "unsupported_grant_type"),
    "no code": (f"grant_type={DEVICE_CODE_GRANT}", "invalid_request"),
    "no secret": ("grant_type=refresh_token", "invalid_request"),
    "twice": ("grant_type=refresh_token&refresh_token=a&refresh_token=b", "invalid_request"),
    "unknown code": (f"grant_type={DEVICE_CODE_GRANT}&device_code=x", "invalid_grant"),
    "unknown secret": (f"grant_type=refresh_token&refresh_token={mint('pk', 'session').reveal()}", "invalid_grant"),
    "no secret at all": ("grant_type=refresh_token&refresh_token=x", "invalid_grant"),
    "a key": (f"grant_type=refresh_token&refresh_token={mint('pk').reveal()}", "invalid_grant"),
    "not UTF-8": ("grant_type=refresh_token&refresh_token=%ff", "invalid_request"),
    "a NUL": ("grant_type=refresh_token&refresh_token=%00", "invalid_grant"),
    "very many": ("&".join(f"a{i}=1" for i in range(30)), "invalid_request"),
    "other parameters": ("grant_type=refresh_token&refresh_token=x&scope=a&client_secret=b", "invalid_grant"),
}


@pytest.mark.parametrize(("body", "error"), BAD.values(), ids=BAD)
async def test_a_bad_question_is_answered_in_the_words_of_the_rfc(service: Service, body: str, error: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert denied(await service.call("POST", TOKEN, headers, content=body)) == error


@pytest.mark.parametrize("path", [START, TOKEN])
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data", ""])
async def test_what_is_no_form_is_refused(service: Service, path: str, kind: str) -> None:
    answer = await service.call("POST", path, {"Content-Type": kind}, content=b'{"client_id":"a"}')
    assert denied(answer) == "invalid_request"


async def test_an_endless_body_is_refused(service: Service) -> None:
    form = [("Content-Type", "application/x-www-form-urlencoded")]
    for path in (START, TOKEN):
        assert (await ask(service.app, "POST", f"/api/v1/{path}", form, b"a" * 70_000)).status == 413


async def test_the_refresh_secret_opens_its_one_route_and_nothing_else(service: Service) -> None:
    """If this failed, what lies in a file for 30 days would be as good as a session."""
    granted = await signed_in(service)
    secret = granted["refresh_token"]
    for method, path in (
        ("GET", "auth/whoami"),
        ("GET", "api-keys"),
        ("GET", "auth/sessions"),
        ("POST", "auth/verify"),
    ):
        refused(await service.call(method, path, bearer(secret), json={} if method == "POST" else None), "UNAUTHORIZED")
    answer = await refresh(service, secret)
    assert answer.status_code == 200
    assert set(answer.json()) == {"access_token", "token_type", "expires_in"}, "the secret is told once"
    assert data(await service.call("GET", "api-keys", carrying(answer.json()))) == []


async def test_a_token_lasts_five_minutes_and_the_secret_thirty_days_from_its_last_use(service: Service) -> None:
    granted = await signed_in(service)
    service.clock.advance(304)
    assert (await service.call("GET", "auth/whoami", carrying(granted))).status_code == 200, "give or take 5 s"
    service.clock.advance(2)
    refused(await service.call("GET", "auth/whoami", carrying(granted)), "UNAUTHORIZED")
    for _ in range(3):
        service.clock.advance(29 * 86_400)
        again = await refresh(service, granted["refresh_token"])
        assert (await service.call("GET", "auth/whoami", carrying(again.json()))).status_code == 200
    service.clock.advance(30 * 86_400)
    assert denied(await refresh(service, granted["refresh_token"])) == "invalid_grant"
    assert await sessions(service) == []


async def test_sessions_are_listed_and_ended_by_whose_they_are(service: Service) -> None:
    """If this failed, a stolen laptop would stay signed in, or somebody could sign others out."""
    first = await signed_in(service, device_name="laptop")
    service.clock.advance(1)
    second = await signed_in(service, device_name="desktop")
    await signed_in(service, service.session(f"other-{service.user}"))
    listed = await sessions(service, carrying(first))
    assert [(one["client"], one["current"]) for one in listed] == [("desktop", False), ("laptop", True)]
    laptop = listed[1]["id"]
    other = service.session(f"other-{service.user}")
    refused(await service.call("DELETE", f"auth/sessions/{laptop}", other), "NOT_FOUND")
    assert data(await service.call("DELETE", f"auth/sessions/{laptop}", carrying(second))) == {}
    refused(await service.call("DELETE", f"auth/sessions/{laptop}", service.session()), "NOT_FOUND")
    assert denied(await refresh(service, first["refresh_token"])) == "invalid_grant"
    assert (await refresh(service, second["refresh_token"])).status_code == 200
    assert [one["client"] for one in await sessions(service)] == ["desktop"]


async def test_a_token_of_an_ended_session_ends_within_five_minutes(service: Service) -> None:
    """The bound that the documentation names."""
    granted = await signed_in(service)
    (session,) = await sessions(service)
    data(await service.call("DELETE", f"auth/sessions/{session['id']}", carrying(granted)))
    service.clock.advance(306)
    refused(await service.call("GET", "auth/whoami", carrying(granted)), "UNAUTHORIZED")


async def test_a_device_can_not_approve_another(service: Service) -> None:
    """If this failed, a token stolen from a device would become a session of its own, which no one ends."""
    granted = await signed_in(service)
    device = await Device.start(service)
    refused(await device.decide(carrying(granted)), "FORBIDDEN")
    assert denied(await device.ask()) == "authorization_pending"


async def test_neither_codes_nor_secrets_are_kept_and_what_happened_is(service: Service) -> None:
    """If this failed, a copy of the database would sign people in."""
    device = await Device.start(service, device_name="laptop")
    waiting = await _stored(service)
    data(await device.decide(service.session()))
    granted = (await device.ask()).json()
    stored = await _stored(service)
    for secret in (device.started["device_code"], granted["refresh_token"], granted["access_token"]):
        assert secret.encode() not in waiting + stored
    if stored:
        assert hashlib.sha256(granted["refresh_token"].encode()).digest() in stored
    (session,) = await sessions(service)
    data(await service.call("DELETE", f"auth/sessions/{session['id']}", service.session()))
    me = str(await user_id_of(service, service.user))
    events = [event for event in await service.store.all(_DEPLOYMENT) if event.actor_id == me]
    assert sorted(event.action for event in events) == ["device.approved", "session.created", "session.revoked"]
    assert {event.details["name"] for event in events} == {"laptop"}


async def _stored(service: Service) -> bytes:
    database = service.config.database_path
    if database is None:
        return b""
    files = (database, database.with_name(database.name + "-wal"))
    return b"".join(path.read_bytes() for path in files if path.exists())


async def test_what_the_token_says_is_signed_for_devices_alone(service: Service) -> None:
    granted = await signed_in(service)
    claims = _claims(granted["access_token"])
    assert (claims["iss"], claims["azp"]) == ("https://onepin.local/devices",) * 2
    assert claims["onepin_for"] == service.config.local_issuer_url
    assert not {"email", "email_verified"} & set(claims)


def _claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found
