"""Clerk's ``user.*`` webhooks: who may speak, and what comes of it in whatever order the events arrive."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from answers import data, refused
from issuer import PARTY, PretendIssuer
from onepin.server.store.people_queries import USER
from service import Service, bearer, running
from tenants import audit, user_id_of, whole_state

PATH = "/webhooks/clerk"
KEY = b"a signing key of 32 random bytes"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
ANN, BOB = "user_2annAnnAnn", "user_2bobBobBob"
MOMENT = 1_760_000_000_000


@dataclass
class Clerk:
    """A Clerk instance that speaks to a service of ours."""

    service: Service
    issuer: PretendIssuer = field(default_factory=PretendIssuer)

    def session(self, subject: str, **claims: Any) -> dict[str, str]:
        """The headers of somebody who is signed in there; their token says no more than claimed."""
        return bearer(self.issuer.token(now=self.service.clock.now(), claims={"sub": subject, **claims}))

    async def send(self, event: Any, *, key: bytes = KEY, **headers: str) -> httpx.Response:
        """Deliver an event, signed as Svix does (docs.svix.com, "Verifying payloads manually")."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        identifier, moment = f"msg_{secrets.token_hex(8)}", headers.get("svix-timestamp", str(int(time.time())))
        digest = hmac.digest(key, f"{identifier}.{moment}.".encode() + body, hashlib.sha256)
        signed = {
            "svix-id": identifier,
            "svix-timestamp": moment,
            "svix-signature": f"v1,{base64.b64encode(digest).decode()}",
            "Content-Type": "application/json",
        }
        sent = {name: value for name, value in (signed | headers).items() if value}
        return await self.service.call("POST", PATH, sent, content=body)

    async def tell(self, event: dict[str, Any]) -> None:
        """Deliver an event that is taken."""
        assert data(await self.send(event)) == {}

    async def invited(self, workspace: str, owner: dict[str, str], email: str, role: str = "viewer") -> str:
        """The token of an invite."""
        body = {"email": email, "role": role}
        answer = await self.service.call("POST", f"workspaces/{workspace}/invites", owner, json=body)
        return str(data(answer, 201)["token"])

    async def accept(self, token: str, session: dict[str, str]) -> httpx.Response:
        return await self.service.call("POST", f"workspaces/invites/{token}/accept", session)

    async def home(self, session: dict[str, str]) -> str:
        """The one workspace of somebody, made by this call."""
        (workspace,) = data(await self.service.call("GET", "workspaces", session))
        return str(workspace["id"])


def user(subject: str, email: str | None, *, at: int = 0, verified: bool = True, kind: str = "updated") -> Any:
    """An event about a user as Clerk sends it, shortened."""
    proof = {"status": "verified" if verified else "unverified", "strategy": "email_code"}
    address = {"id": "idn_1", "email_address": email, "object": "email_address", "verification": proof}
    other = {"id": "idn_2", "email_address": "second@example.com", "verification": {"status": "verified"}}
    about: dict[str, Any] = {
        "id": subject,
        "object": "user",
        "first_name": "Ann",
        "last_name": None,
        "image_url": "https://img.clerk.com/a",
        "primary_email_address_id": "idn_1" if email else None,
        "email_addresses": [other, address] if email else [],
        "public_metadata": {},
        "created_at": MOMENT,
        "updated_at": MOMENT + at,
    }
    return {"data": about, "object": "event", "type": f"user.{kind}", "timestamp": MOMENT + at, "instance_id": "ins_1"}


def gone(subject: str) -> Any:
    about = {"deleted": True, "id": subject, "object": "user"}
    return {"data": about, "object": "event", "type": "user.deleted", "timestamp": MOMENT}


def settings(issuer: PretendIssuer, **more: str) -> dict[str, Any]:
    pem = issuer.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return {
        "clerk_issuer": issuer.url,
        "clerk_jwt_key": pem,
        "clerk_authorized_parties": PARTY,
        "clerk_webhook_secret": SECRET,
        "sign_up": "open",
    } | more


@pytest_asyncio.fixture
async def clerk(tmp_path: Path, database_url: str) -> AsyncIterator[Clerk]:
    issuer = PretendIssuer()
    async with running(tmp_path, database_url, **settings(issuer)) as service:
        yield Clerk(service, issuer)


FORGERIES: dict[str, dict[str, Any]] = {
    "another key": {"key": b"another key"},
    "no signature": {"svix-signature": ""},
    "no id": {"svix-id": ""},
    "no time": {"svix-timestamp": ""},
    "another id": {"svix-id": "msg_other"},
    "six minutes old": {"svix-timestamp": str(int(time.time()) - 360)},
    "an hour ahead": {"svix-timestamp": str(int(time.time()) + 3600)},
    "a time that is none": {"svix-timestamp": "nan"},
    "a signature that is none": {"svix-signature": "x"},
    "not base64": {"svix-signature": "v1,A"},
    "another version": {"svix-signature": "v2,AAAA"},
    "an empty one": {"svix-signature": "v1,"},
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES)
async def test_what_clerk_did_not_sign_just_now_is_refused(clerk: Clerk, forgery: dict[str, Any]) -> None:
    """If this failed, anybody could remove anybody, or give themselves somebody's address and so their invites."""
    await clerk.home(clerk.session(ANN))
    before = await whole_state(clerk.service)
    for event in (gone(ANN), user(ANN, "boss@example.com")):
        assert "ONEPIN_CLERK_WEBHOOK_SECRET" in refused(await clerk.send(event, **forgery), "UNAUTHORIZED")
    assert await whole_state(clerk.service) == before


async def test_a_signed_body_that_was_altered_is_refused(clerk: Clerk) -> None:
    sent = await clerk.send(gone(ANN))
    assert sent.status_code == 200
    signed = {name: value for name, value in sent.request.headers.items() if name.startswith("svix-")}
    altered = sent.request.content.replace(ANN.encode(), BOB.encode())
    refused(await clerk.service.call("POST", PATH, signed, content=altered), "UNAUTHORIZED")


async def test_without_a_secret_there_is_no_webhook(tmp_path: Path, database_url: str) -> None:
    """If this failed, a deployment that never set one up would believe strangers."""
    issuer = PretendIssuer()
    without = {name: value for name, value in settings(issuer).items() if name != "clerk_webhook_secret"}
    async with running(tmp_path, database_url, **without) as service:
        refused(await Clerk(service, issuer).send(gone(ANN)), "NOT_FOUND")
        refused(await Clerk(service, issuer).send(gone(ANN), key=b""), "NOT_FOUND")


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (b"{", "BAD_REQUEST"),
        (b"[]", "VALIDATION_ERROR"),
        ({"type": "user.deleted"}, "VALIDATION_ERROR"),
        ({"type": "user.deleted", "data": {"id": "org_1"}}, "VALIDATION_ERROR"),
        ({"type": "user.updated", "data": {"id": ANN}}, "VALIDATION_ERROR"),
        ({"type": "user.updated", "data": {"id": ANN, "updated_at": 10**20}}, "VALIDATION_ERROR"),
        (b" " * 70_000, "PAYLOAD_TOO_LARGE"),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_an_event_that_is_none_changes_nothing(clerk: Clerk, event: Any, code: str) -> None:
    await clerk.home(clerk.session(ANN))
    before = await whole_state(clerk.service)
    refused(await clerk.send(event), code)
    assert await whole_state(clerk.service) == before


async def test_an_event_that_we_do_not_follow_is_taken(clerk: Clerk) -> None:
    """Or Clerk would send it again for days, and then switch the endpoint off."""
    before = await whole_state(clerk.service)
    await clerk.tell({"type": "organization.created", "data": {"id": "org_1"}})
    assert await whole_state(clerk.service) == before


async def test_an_address_that_clerk_tells_opens_an_invite(clerk: Clerk) -> None:
    owner = clerk.session(ANN)
    home = await clerk.home(owner)
    token = await clerk.invited(home, owner, "bob@example.com", "editor")
    bob = clerk.session(BOB)
    assert "ONEPIN_CLERK_WEBHOOK_SECRET" in refused(await clerk.accept(token, bob), "FORBIDDEN")
    await clerk.tell(user(BOB, "bob@example.com", verified=False))
    refused(await clerk.accept(token, bob), "FORBIDDEN")
    await clerk.tell(user(BOB, "Bob@Example.com", at=1))
    assert data(await clerk.accept(token, bob)) == {"workspace_id": home}
    listed = data(await clerk.service.call("GET", f"workspaces/{home}/members", owner))
    assert [(one["email"], one["first_name"], one["role"]) for one in listed] == [
        ("", None, "admin"),
        ("bob@example.com", "Ann", "editor"),
    ]


async def test_claims_of_the_session_open_an_invite_if_they_are_verified(clerk: Clerk) -> None:
    """If this failed, an address that somebody only typed in would be as good as one they have."""
    owner = clerk.session(ANN)
    home = await clerk.home(owner)
    token = await clerk.invited(home, owner, "bob@example.com")
    for proof in ({}, {"email_verified": False}, {"email_verified": "true"}, {"email_verified": 1}):
        refused(await clerk.accept(token, clerk.session(BOB, email="bob@example.com", **proof)), "FORBIDDEN")
    sure = clerk.session(BOB, email="Bob@example.com", email_verified=True)
    assert data(await clerk.accept(token, sure)) == {"workspace_id": home}


async def test_a_proof_of_one_address_is_none_of_another(clerk: Clerk) -> None:
    """If this failed, somebody could prove an address of theirs, change it to a colleague's and take their invite."""
    owner = clerk.session(ANN)
    token = await clerk.invited(await clerk.home(owner), owner, "boss@example.com", "admin")
    await clerk.home(clerk.session(BOB, email="bob@example.com", email_verified=True))
    refused(await clerk.accept(token, clerk.session(BOB, email="boss@example.com")), "FORBIDDEN")
    await clerk.tell(user(BOB, "boss@example.com", verified=False))
    refused(await clerk.accept(token, clerk.session(BOB)), "FORBIDDEN")


async def test_a_member_whose_address_changed_keeps_their_role_when_they_accept_again(clerk: Clerk) -> None:
    """If this failed, an invite to another address of a member would take their role away."""
    owner = clerk.session(ANN)
    home = await clerk.home(owner)
    first, second = [await clerk.invited(home, owner, f"{name}@example.com") for name in ("bob", "robert")]
    data(await clerk.accept(first, clerk.session(BOB, email="bob@example.com", email_verified=True)))
    member = await _id(clerk, BOB)
    path = f"workspaces/{home}/members/{member}"
    data(await clerk.service.call("PATCH", path, owner, json={"role": "editor"}))
    await clerk.tell(user(BOB, "robert@example.com"))
    assert data(await clerk.accept(second, clerk.session(BOB))) == {"workspace_id": home}
    listed = data(await clerk.service.call("GET", f"workspaces/{home}/members", owner))
    assert [(one["email"], one["role"], one["status"]) for one in listed[1:]] == [
        ("robert@example.com", "editor", "active")
    ]


async def _id(clerk: Clerk, subject: str) -> UUID:
    return UUID(data(await clerk.service.call("GET", "auth/whoami", clerk.session(subject)))["user_id"])


async def test_being_spoken_of_makes_nobody_a_user(tmp_path: Path, database_url: str) -> None:
    """If this failed, everybody in the Clerk instance could act where only the invited may."""
    issuer = PretendIssuer()
    async with running(tmp_path, database_url, **settings(issuer, sign_up="invited")) as service:
        clerk = Clerk(service, issuer)
        await clerk.tell(user(BOB, "bob@example.com", kind="created"))
        for method, path, body in (("GET", "workspaces", None), ("POST", "workspaces", {"name": "Mine"})):
            refused(await service.call(method, path, clerk.session(BOB), json=body), "NOT_A_MEMBER")


async def test_events_that_come_late_or_twice_change_nothing(clerk: Clerk) -> None:
    """If this failed, an address that somebody gave up would come back, or a person who is gone."""
    await clerk.home(clerk.session(BOB))
    person = await _id(clerk, BOB)
    newest, oldest = user(BOB, "new@example.com", at=2), user(BOB, "old@example.com", at=1)
    await clerk.tell(newest)
    after = await whole_state(clerk.service)
    for event in (oldest, newest, user(BOB, "first@example.com", kind="created")):
        await clerk.tell(event)
        assert await whole_state(clerk.service) == after
    await clerk.tell(gone(BOB))
    after = await whole_state(clerk.service)
    for event in (gone(BOB), user(BOB, "late@example.com", at=3), newest):
        await clerk.tell(event)
        assert await whole_state(clerk.service) == after
    known = await clerk.service.store.one(USER, user_id=person)
    assert known is not None
    assert (known.email, known.email_verified, known.first_name, known.image_url) == (None, False, None, None)


async def test_who_is_deleted_at_clerk_is_out_everywhere_and_their_keys_stay(clerk: Clerk) -> None:
    """If this failed, somebody who was let go would keep what Clerk's administrator took from them."""
    service, owner = clerk.service, clerk.session(ANN)
    home = await clerk.home(owner)
    token = await clerk.invited(home, owner, "bob@example.com", "admin")
    bob = clerk.session(BOB, email="bob@example.com", email_verified=True)
    data(await clerk.accept(token, bob))
    key = await service.create_key(bob | {"X-Workspace-Id": home})
    (mine,) = {one["id"] for one in data(await service.call("GET", "workspaces", bob))} - {home}
    await clerk.tell(gone(BOB))
    refused(await service.call("GET", "api-keys", bob | {"X-Workspace-Id": home}), "NOT_A_MEMBER")
    refused(await service.call("GET", "api-keys", bob | {"X-Workspace-Id": mine}), "NOT_A_MEMBER")
    refused(await service.call("GET", "api-keys", bob), "UNAUTHORIZED")
    refused(await service.call("POST", "workspaces", bob, json={"name": "New"}), "UNAUTHORIZED")
    again = await clerk.invited(home, owner, "bob@example.com")
    refused(await clerk.accept(again, bob), "UNAUTHORIZED")
    assert (await service.whoami(key["api_key"])).status_code == 200
    flagged = data(await service.call("GET", f"api-keys/{key['id']}?include=creator_left", owner))
    assert flagged["creator_left"] is True
    removed = [event for event in await audit(service, home) if event.action == "member.removed"]
    assert [event.actor_kind for event in removed] == ["system"]


async def test_what_they_owned_goes_to_the_admin_who_was_there_longest(clerk: Clerk) -> None:
    """If this failed, a workspace in use could never be deleted by anybody again."""
    service, ann = clerk.service, clerk.session(ANN)
    home = await clerk.home(ann)
    people = {}
    for name, role in (("viewer", "viewer"), ("first", "admin"), ("second", "admin")):
        service.clock.advance(1)
        ann = clerk.session(ANN)
        token = await clerk.invited(home, ann, f"{name}@example.com", role)
        subject = f"user_2{name}"
        data(await clerk.accept(token, clerk.session(subject, email=f"{name}@example.com", email_verified=True)))
        people[name] = subject
    await clerk.tell(gone(ANN))
    refused(await service.call("DELETE", f"workspaces/{home}", clerk.session(people["second"])), "NOT_FOUND")
    heir = await _id(clerk, people["first"])
    path = f"workspaces/{home}/members/{heir}"
    refused(await service.call("DELETE", path, clerk.session(people["second"])), "CONFLICT")
    assert data(await service.call("DELETE", f"workspaces/{home}", clerk.session(people["first"]))) == {}
    changed = [event for event in await audit(service, home) if event.action == "workspace.owner_changed"]
    assert [event.details["owner_id"]["to"] for event in changed] == [str(heir)]


async def test_clerk_speaks_of_its_own_people_alone(tmp_path: Path, database_url: str) -> None:
    """If this failed, a Clerk instance could delete the operator who signs in beside it."""
    issuer = PretendIssuer()
    async with running(tmp_path, database_url, **settings(issuer, allow_local_sign_in="true")) as service:
        await service.create_key(service.session("operator@example.com"))
        subject = str(_claims(service.session("operator@example.com")["Authorization"])["sub"])
        before = await user_id_of(service, "operator@example.com")
        await Clerk(service, issuer).tell(gone(subject))
        assert data(await service.call("GET", "api-keys", service.session("operator@example.com")))
        assert await user_id_of(service, "operator@example.com") == before


def _claims(authorization: str) -> dict[str, Any]:
    payload = authorization.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims
