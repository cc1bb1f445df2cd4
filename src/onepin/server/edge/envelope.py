"""Record → ``{data, meta}``."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from starlette.responses import Response

from onepin.contract.envelopes import rfc3339
from onepin.server.edge.facts import Facts
from onepin.server.keys.service import Created
from onepin.server.records import InviteRecord, KeyRecord, MemberRecord, WorkspaceRecord

Data = dict[str, Any]
_ASCII = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


@dataclass(frozen=True, slots=True)
class Reply:
    """What a handler answers: data, and a pagination when it is a list."""

    data: Any
    status: int = 200
    pagination: Data | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def meta(facts: Facts) -> Data:
    """The ``meta`` of an answer."""
    return {"request_id": facts.id, "timestamp": facts.timestamp}


def encode(body: Any) -> bytes:
    """JSON as bytes. ASCII only, so that no text can break a reader."""
    return _ASCII(body).encode()


def success(reply: Reply, facts: Facts, headers: Mapping[str, str] | None = None) -> Response:
    """The response for a handler's reply; with other ``headers`` beside its own."""
    body = {"data": reply.data}
    if reply.pagination is not None:
        body["pagination"] = reply.pagination
    body["meta"] = meta(facts)
    return Response(encode(body), reply.status, {**reply.headers, **(headers or {})}, "application/json")


def key_data(key: KeyRecord, members: Collection[UUID] | None = None) -> Data:
    """An API key as it is shown; ``expires_at`` only while it is in grace.

    ``members``: those of its workspace, where it is to be said whether the creator is one of them.
    """
    data: Data = {
        "id": str(key.id),
        "workspace_id": str(key.workspace_id),
        "created_by": str(key.created_by) if key.created_by else None,
        "name": key.name,
        "key_type": key.key_type,
        "key_prefix": key.key_prefix,
        "key_suffix": key.key_suffix,
        "scopes": list(key.scopes),
        "active": key.active,
        "last_used_at": _moment(key.last_used_at),
        "rate_limit_per_min": key.rate_limit_per_min,
        "revoked_at": _moment(key.revoked_at),
        "created_at": rfc3339(key.created_at),
        "updated_at": rfc3339(key.updated_at),
        "preview": key.key_prefix + key.key_suffix,
    }
    if key.active and key.expires_at is not None:
        data["expires_at"] = rfc3339(key.expires_at)
    if members is not None:
        data["creator_left"] = key.created_by is not None and key.created_by not in members
    return data


def created_data(created: Created) -> Data:
    """A key just made, with its secret: the one place where a secret becomes part of an answer."""
    return {**key_data(created.key), "api_key": created.secret.reveal()}


def workspace_data(workspace: WorkspaceRecord) -> Data:
    """A workspace with all ten fields that the public client's models read."""
    return {
        "id": str(workspace.id),
        "name": workspace.name,
        "slug": workspace.slug,
        "color_idx": workspace.color_idx,
        "created_by": str(workspace.created_by),
        "created_at": rfc3339(workspace.created_at),
        "updated_at": rfc3339(workspace.updated_at),
        "organization_id": None,
        "routing_price_sensitivity": 0.5,  # neutral; the public client 0.16.1 refuses null
        "routing_llm_fit": False,
    }


def member_data(member: MemberRecord) -> Data:
    """A member as others see them."""
    return {
        "id": str(member.user_id),
        "email": member.email or "",  # never null: clients type it so
        "role": member.role,
        "status": "active",
        "user_id": str(member.user_id),
        "first_name": member.first_name,
        "last_name": member.last_name,
        "image_url": member.image_url,
        "last_active_at": _moment(member.last_active_at),
    }


def invited_data(invite: InviteRecord) -> Data:
    """Somebody whose invite is pending, among the members."""
    unknown = dict.fromkeys(("user_id", "first_name", "last_name", "image_url", "last_active_at"))
    return {"id": str(invite.id), "email": invite.email, "role": invite.role, "status": "invited", **unknown}


def invite_data(invite: InviteRecord) -> Data:
    """An invite, without its token."""
    return {
        "id": str(invite.id),
        "email": invite.email,
        "role": invite.role,
        "status": invite.status,
        "expires_at": rfc3339(invite.expires_at),
        "invited_by": str(invite.invited_by),
        "created_at": rfc3339(invite.created_at),
    }


def pagination(url: str, filters: Data, *, offset: int, limit: int, total: int) -> Data:
    """``next`` and ``prev`` as absolute URLs with the filters kept, null at the ends.

    The last page's ``next`` is null; a page beyond the end points back to the last one that has keys.
    """

    def at(start: int) -> str:
        return f"{url}?{urlencode({**filters, 'limit': limit, 'offset': start})}"

    before = max(0, min(offset - limit, total - limit))
    return {
        "next": at(offset + limit) if offset + limit < total else None,
        "prev": at(before) if offset > 0 else None,
        "limit": limit,
        "total": total,
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)
