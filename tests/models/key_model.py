"""What the contract says about keys, in plain Python: one workspace, a dict of keys, a clock."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from onepin.contract.envelopes import rfc3339
from onepin.contract.scopes import DEFAULT_SCOPES

Status = Literal["active", "revoked", "all"]
STATUSES: tuple[Status, ...] = ("active", "revoked", "all")
TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class ModelKey:
    """A key as it was last changed; ``seen`` is the same as of some moment."""

    id: str
    secret: str
    name: str
    scopes: tuple[str, ...]
    limit: int | None
    active: bool
    created_at: datetime
    updated_at: datetime
    revoked_at: datetime | None = None
    expires_at: datetime | None = None

    def seen(self, now: datetime) -> "ModelKey":
        """A grace that is over reads as a revocation at its end."""
        if self.revoked_at is None and self.expires_at is not None and self.expires_at <= now:
            return replace(self, active=False, revoked_at=self.expires_at, updated_at=self.expires_at)
        return self


@dataclass
class Workspace:
    """The keys of one workspace, oldest first, and the audit events that its changes must have left."""

    now: datetime
    keys: dict[str, ModelKey] = field(default_factory=dict)
    events: Counter[tuple[str, str]] = field(default_factory=Counter)

    def get(self, key_id: str) -> ModelKey:
        """One key as of now."""
        return self.keys[key_id].seen(self.now)

    def usable(self, key_id: str) -> bool:
        """Whether its secret opens anything."""
        return self.get(key_id).active

    def listed(self, status: Status) -> list[str]:
        """The ids of a list, newest first."""
        found = [self.get(key_id) for key_id in reversed(self.keys)]
        return [key.id for key in found if status == "all" or key.active == (status == "active")]

    def shown(self, key: ModelKey, about: dict[str, Any]) -> dict[str, Any]:
        """A key on the wire; ``about`` is what all keys of the workspace share."""
        prefix, _, rest = key.secret.rpartition("_")
        wire = {
            **about,
            "id": key.id,
            "name": key.name,
            "key_type": "live",
            "key_prefix": f"{prefix}_",
            "key_suffix": rest[:8],
            "preview": f"{prefix}_{rest[:8]}",
            "scopes": list(key.scopes),
            "active": key.active,
            "rate_limit_per_min": key.limit,
            "revoked_at": None if key.revoked_at is None else rfc3339(key.revoked_at),
            "created_at": rfc3339(key.created_at),
            "updated_at": rfc3339(key.updated_at),
        }
        if key.active and key.expires_at is not None:
            wire["expires_at"] = rfc3339(key.expires_at)
        return wire

    def create(self, body: dict[str, Any], key_id: str, secret: str) -> ModelKey:
        """A new key with what ``body`` asks for; id and secret are the server's choice."""
        scopes = tuple(dict.fromkeys(body.get("scopes", DEFAULT_SCOPES)))
        return self._insert(key_id, secret, body["name"], scopes, body.get("rate_limit_per_min", 1000), active=True)

    def patch(self, key_id: str, body: dict[str, Any]) -> ModelKey | None:
        """The key after an update, or None where it is refused with 409."""
        key = self.get(key_id)
        if not body:
            return key
        if key.revoked_at is not None or key.expires_at is not None:
            return None
        wanted = replace(
            key,
            name=key.name if body.get("name") is None else body["name"],
            scopes=key.scopes if body.get("scopes") is None else tuple(dict.fromkeys(body["scopes"])),
            active=key.active if body.get("active") is None else body["active"],
            limit=body.get("rate_limit_per_min", key.limit),
        )
        if wanted == key:
            return key
        if wanted.active != key.active:
            self.events["api_key.resumed" if wanted.active else "api_key.paused", key_id] += 1
        if replace(wanted, active=key.active) != key:
            self.events["api_key.updated", key_id] += 1
        self.keys[key_id] = replace(wanted, updated_at=self.now)
        return self.keys[key_id]

    def revoke(self, key_id: str) -> ModelKey:
        """The key, ended for good; ending it again changes nothing."""
        key = self.get(key_id)
        if key.revoked_at is None:
            self.events["api_key.revoked", key_id] += 1
            self.keys[key_id] = replace(key, active=False, revoked_at=self.now, updated_at=self.now)
        return self.get(key_id)

    def may_rotate(self, key_id: str) -> bool:
        """Not once revoked, not in grace."""
        key = self.get(key_id)
        return key.revoked_at is None and key.expires_at is None

    def rotate(self, key_id: str, grace: int, new_id: str, secret: str) -> tuple[ModelKey, ModelKey]:
        """The old key and its successor."""
        key = self.get(key_id)
        self.events["api_key.rotated", key_id] += 1
        if grace and key.active:
            ended = replace(key, expires_at=self.now + timedelta(seconds=grace), updated_at=self.now)
        else:
            ended = replace(key, active=False, revoked_at=self.now, updated_at=self.now)
        self.keys[key_id] = ended
        return ended, self._insert(new_id, secret, key.name, key.scopes, key.limit, active=key.active)

    def graces(self) -> list[datetime]:
        """When the graces end that have not, soonest first."""
        found = [key.seen(self.now) for key in self.keys.values()]
        return sorted(key.expires_at for key in found if key.active and key.expires_at is not None)

    def expired(self) -> set[str]:
        """Keys whose grace ran out by itself; the sweep may have written that down, or not yet."""
        return {key.id for key in self.keys.values() if key.seen(self.now).revoked_at == key.expires_at is not None}

    def _insert(
        self, key_id: str, secret: str, name: str, scopes: tuple[str, ...], limit: int | None, *, active: bool
    ) -> ModelKey:
        newest = max((key.created_at for key in self.keys.values()), default=self.now - TICK)
        moment = max(self.now, newest + TICK)
        key = ModelKey(key_id, secret, name, scopes, limit, active, created_at=moment, updated_at=moment)
        self.keys[key_id] = key
        self.events["api_key.created", key_id] += 1
        return key
