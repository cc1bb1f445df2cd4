"""Everybody who may come to the door of one workspace, with what they bring."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from answers import data
from asgi_client import Headers
from issuer import PretendIssuer, rsa_key
from onepin.server.identity.local import KEY_FILE
from onepin.server.keys.format import mint
from service import Service
from tenants import change_role, join, tenant

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Cast:
    """Two workspaces of strangers, and what each visitor to the first one sends."""

    own: UUID
    other: UUID
    owner: dict[str, str]
    other_owner: dict[str, str]
    visitors: dict[str, Headers]


async def cast(service: Service) -> Cast:
    """A cast of new people. Every key among the visitors is of the first workspace."""
    own, other = await tenant(service, "own"), await tenant(service, "other")
    visitors: dict[str, Headers] = {"owner": own.admin.items(), "editor": own.editor.items()}
    visitors |= {"viewer": own.viewer.items()}
    visitors["admin"] = (await join(service, own.id, f"second-{service.user}", "admin")).items()
    removed = await join(service, own.id, f"removed-{service.user}", "admin")
    await change_role(service, own.id, f"removed-{service.user}", None)
    stranger = service.session(f"stranger-{service.user}", own.id)
    visitors |= {"member removed a moment ago": removed.items(), "stranger who names the workspace": stranger.items()}
    visitors |= {"stranger who never called": service.session(f"new-{service.user}", own.id).items()}
    owner = own.admin["Authorization"]
    visitors["owner, malformed workspace"] = [("Authorization", owner), ("X-Workspace-Id", "not-an-id")]
    visitors["owner, two workspaces"] = [("Authorization", owner), *[("X-Workspace-Id", str(own.id))] * 2]
    visitors["owner, two credentials"] = [*own.admin.items(), ("Authorization", owner)]
    visitors |= _nobodies() | _bad_sessions(service, own.id) | await _keys(service, own.admin, own.id, other.id)
    return Cast(own.id, other.id, own.admin, other.admin, visitors)


def _auth(token: str, workspace: object = None) -> Pairs:
    named = [] if workspace is None else [("X-Workspace-Id", str(workspace))]
    return [("Authorization", f"Bearer {token}"), *named]


def _nobodies() -> dict[str, Headers]:
    return {
        "nobody": [],
        "an empty header": [("Authorization", "")],
        "a scheme alone": [("Authorization", "Bearer ")],
        "another scheme": [("Authorization", "Basic YTpi")],
        "two schemes": [("Authorization", "Bearer Bearer x")],
        "no token": _auth("x.y.z"),
        "a verifier": _auth("pk_verifier_" + "a" * 43),
        "a device": _auth("pk_session_" + "a" * 43),
    }


def _bad_sessions(service: Service, workspace: UUID) -> dict[str, Headers]:
    """Tokens of the workspace's owner with one thing wrong, signed with the service's own key where it is not that."""
    ours = PretendIssuer(service.config.local_issuer_url, kid=service.issuer.jwks()["keys"][0]["kid"])
    key = load_pem_private_key((service.config.data_dir / KEY_FILE).read_bytes(), password=None)
    assert isinstance(key, RSAPrivateKey)
    ours.key = key
    now, good = service.clock.now(), {"azp": service.config.local_issuer_url}
    moment = int(now.timestamp())
    tokens = {
        "expired": ours.token(now=now, claims=good | {"exp": moment - 6}),
        "not yet valid": ours.token(now=now, claims=good | {"nbf": moment + 60}),
        "of another issuer": ours.token(now=now, claims=good | {"iss": "https://evil.example"}),
        "for another party": ours.token(now=now, claims={"azp": "https://evil.example"}),
        "from a template": ours.token(now=now, claims=good, header={"cat": "cl_B7d4PD222AAA"}),
        "pending": ours.token(now=now, claims=good | {"sts": "pending"}),
        "signed by another": ours.token(now=now, claims=good, key=rsa_key("evil")),
    }
    return {f"session {fault}": _auth(token, workspace) for fault, token in tokens.items()}


async def _keys(service: Service, owner: dict[str, str], own: UUID, other: UUID) -> dict[str, Headers]:
    async def made(**body: Any) -> dict[str, Any]:
        return await service.create_key(owner, **body)

    async def change(key: dict[str, Any], method: str, path: str, **body: Any) -> None:
        data(await service.call(method, f"api-keys/{key['id']}{path}", owner, json=body))

    plain = await made(scopes=[])
    reader, paused, revoked, rotated = [await made(scopes=["workspace:read"]) for _ in range(4)]
    await change(paused, "PATCH", "", active=False)
    await change(revoked, "DELETE", "")
    await change(rotated, "PATCH", "/rotate")
    unknown = mint("pk").reveal()
    return {
        "key": _auth(plain["api_key"]),
        "key that names its workspace": _auth(plain["api_key"], own),
        "key that reads": _auth(reader["api_key"]),
        "key that names another workspace": _auth(reader["api_key"], other),
        "key that names no workspace": _auth(reader["api_key"], "not-an-id"),
        "key unknown": _auth(unknown),
        "key with a wrong checksum": _auth(unknown[:-1] + ("x" if unknown[-1] != "x" else "y")),
        "key paused": _auth(paused["api_key"]),
        "key revoked": _auth(revoked["api_key"]),
        "key rotated": _auth(rotated["api_key"]),
    }
