"""The same cases through every way to the API: what one can do, all can, and they agree on what came of it."""

from typing import Any
from uuid import uuid4

import pytest

from client.command_line_way import CommandLine
from client.conftest import Enter
from client.ways import WAYS, Way
from server_process import ServerProcess

NOBODYS = "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10"


def created(way: Way, **arguments: Any) -> dict[str, Any]:
    data: dict[str, Any] = way.do("api_keys.create", **{"name": "ci", **arguments}).data
    return data


def test_a_key_is_made_with_the_defaults(way: Way) -> None:
    key = created(way)
    assert key["api_key"].startswith(key["preview"])
    assert (key["scopes"], key["rate_limit_per_min"]) == (["workflows:read", "workflows:run", "voices:read"], 1000)
    assert way.do("api_keys.get", key_id=key["id"]).data == {n: v for n, v in key.items() if n != "api_key"}


def test_a_key_is_made_as_told(way: Way) -> None:
    key = created(way, name=" ci ", scopes=["voices:read"], rate_limit_per_min=None, key_type="live")
    assert (key["name"], key["scopes"], key["rate_limit_per_min"]) == ("ci", ["voices:read"], None)
    assert created(way, scopes=[])["scopes"] == []


def test_lists_count_and_filter(way: Way) -> None:
    keys = [created(way, name=str(number)) for number in range(3)]
    way.do("api_keys.revoke", key_id=keys[0]["id"])
    listed = way.do("api_keys.list", limit=1)
    assert ([key["name"] for key in listed.data], listed.total) == (["2"], 2)
    assert [key["name"] for key in way.do("api_keys.list", offset=1).data] == ["1"]
    assert [key["name"] for key in way.do("api_keys.list", status="revoked").data] == ["0"]
    assert way.do("api_keys.list", status="all").total == 3


def test_a_key_is_changed_field_by_field(way: Way) -> None:
    key_id = created(way)["id"]
    assert way.do("api_keys.update", key_id=key_id, name="new").data["name"] == "new"
    assert way.do("api_keys.update", key_id=key_id, scopes=["voices:write"]).data["scopes"] == ["voices:write"]
    assert way.do("api_keys.update", key_id=key_id, rate_limit_per_min=None).data["rate_limit_per_min"] is None
    unchanged = way.do("api_keys.update", key_id=key_id, rate_limit_per_min=7).data
    assert (unchanged["name"], unchanged["scopes"], unchanged["rate_limit_per_min"]) == ("new", ["voices:write"], 7)


def test_a_key_is_paused_and_resumed(way: Way, enter: Enter) -> None:
    key = created(way)
    assert way.do("api_keys.pause", key_id=key["id"]).data["active"] is False
    assert enter(api_key=key["api_key"]).do("auth.whoami").refusal == (401, "INVALID_API_KEY")
    assert way.do("api_keys.resume", key_id=key["id"]).data["active"] is True
    assert enter(api_key=key["api_key"]).do("auth.whoami").data["api_key_id"] == key["id"]


def test_a_key_is_revoked_once_and_for_all(way: Way) -> None:
    key_id = created(way)["id"]
    revoked = way.do("api_keys.revoke", key_id=key_id).data
    assert revoked["active"] is False
    assert way.do("api_keys.revoke", key_id=key_id).data == revoked
    assert way.do("api_keys.resume", key_id=key_id).refusal == (409, "CONFLICT")
    assert way.do("api_keys.rotate", key_id=key_id).refusal == (409, "CONFLICT")


def test_a_key_is_rotated(way: Way, enter: Enter) -> None:
    key = created(way, scopes=["voices:read"])
    rotated = way.do("api_keys.rotate", key_id=key["id"]).data
    assert rotated["old_key"]["active"] is False
    assert rotated["new_key"]["scopes"] == ["voices:read"]
    assert "expires_at" not in rotated["old_key"]
    assert enter(api_key=key["api_key"]).do("auth.whoami").refusal == (401, "INVALID_API_KEY")
    assert enter(api_key=rotated["new_key"]["api_key"]).do("auth.whoami").data["scopes"] == ["voices:read"]


def test_a_rotation_with_grace_keeps_both_keys_for_a_while(way: Way, enter: Enter) -> None:
    key = created(way)
    rotated = way.do("api_keys.rotate", key_id=key["id"], grace_seconds=3600).data
    assert rotated["old_key"]["expires_at"] > rotated["old_key"]["updated_at"]
    assert enter(api_key=key["api_key"]).do("auth.whoami").data["api_key_id"] == key["id"]
    assert way.do("api_keys.rotate", key_id=key["id"]).refusal == (409, "CONFLICT")


def test_keys_are_verified(way: Way) -> None:
    key = created(way, scopes=["voices:read"], rate_limit_per_min=1)
    verdict = way.do("api_keys.verify", api_key=key["api_key"], scopes=["voices:read"], cost=0).data
    assert (verdict["valid"], verdict["code"], verdict["api_key_id"]) == (True, "VALID", key["id"])
    assert verdict["rate_limit"]["remaining"] == 1
    lacking = way.do("api_keys.verify", api_key=key["api_key"], scopes=["voices:write"]).data
    assert (lacking["valid"], lacking["code"]) == (False, "INSUFFICIENT_SCOPE")
    codes = [way.do("api_keys.verify", api_key=key["api_key"]).data["code"] for _ in range(2)]
    assert codes == ["VALID", "RATE_LIMITED"]
    assert way.do("api_keys.verify", api_key="no key").data["code"] == "INVALID_API_KEY"


def test_usage_has_its_shape(way: Way) -> None:
    key = created(way)
    usage = way.do("api_keys.usage", key_id=key["id"], window="1h").data
    assert (usage["window"], usage["granularity"], len(usage["series"])) == ("1h", "minute", 60)
    assert way.do("usage.summary", window="7d").data["totals"] == {"ok": 0, "rate_limited": 0, "insufficient_scope": 0}


def test_the_audit_log_is_read(way: Way) -> None:
    key = created(way)
    way.do("api_keys.revoke", key_id=key["id"])
    events = way.do("usage.activity", target_id=key["id"]).data
    assert [event["action"] for event in events] == ["api_key.revoked", "api_key.created"]
    assert len(way.do("usage.activity", limit=1).data) == 1
    assert [event["action"] for event in way.do("usage.activity", action="api_key.revoked").data] == ["api_key.revoked"]


def test_whoami_tells_a_person_from_a_key(way: Way, enter: Enter) -> None:
    key = created(way, scopes=["voices:read"])
    person = way.do("auth.whoami").data
    holder = enter(api_key=key["api_key"]).do("auth.whoami").data
    assert (person["auth_kind"], person["api_key_id"]) == ("clerk", None)
    assert (holder["auth_kind"], holder["api_key_id"], holder["user_id"]) == ("api_key", key["id"], person["user_id"])


def test_a_workspace_lives(way: Way) -> None:
    slug = f"team-{uuid4().hex[:8]}"
    made = way.do("workspaces.create", name="Team", slug=slug, color_idx=3).data
    assert way.do("workspaces.get", workspace_id=made["id"]).data == made
    assert way.do("workspaces.slug_available", slug=slug).data == {"available": False, "reason": "taken"}
    assert way.do("workspaces.update", workspace_id=made["id"], name="Team 2").data["name"] == "Team 2"
    assert way.do("workspaces.list", limit=1).total == 2
    assert way.do("workspaces.create", name="Team", slug=slug).refusal == (409, "WORKSPACE_SLUG_TAKEN")
    assert way.do("workspaces.delete", workspace_id=made["id"]).data == {}
    assert way.do("workspaces.get", workspace_id=made["id"]).refusal == (404, "NOT_FOUND")


def test_keys_are_made_in_the_workspace_that_was_named(way: Way, enter: Enter) -> None:
    team = way.do("workspaces.create", name="Team").data["id"]
    there = enter(workspace_id=team)
    key = created(there)
    assert key["workspace_id"] == team
    assert there.do("api_keys.list").total == 1
    assert way.do("api_keys.get", key_id=key["id"]).refusal == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"scopes": ["voices:sing"]}, "scopes"),
        ({"rate_limit_per_min": 0}, "rate_limit_per_min"),
        ({"rate_limit_per_min": True}, "rate_limit_per_min"),
        ({"key_type": "test"}, "key_type"),
    ],
)
def test_bad_values_are_named(way: Way, wrong: dict[str, Any], field: str) -> None:
    refused = way.do("api_keys.create", **{"name": "ci", **wrong})
    assert (refused.refusal, refused.fields) == ((422, "VALIDATION_ERROR"), (field,))
    assert way.do("api_keys.list").total == 0


# Not on the command line, where a list of one is its text.
@pytest.mark.parametrize("enter", list(WAYS), indirect=True)
def test_a_text_is_not_taken_for_a_list_of_scopes(way: Way) -> None:
    refused = way.do("api_keys.create", name="ci", scopes="voices:read")
    assert (refused.refusal, refused.fields) == ((422, "VALIDATION_ERROR"), ("scopes",))
    assert way.do("api_keys.list").total == 0


@pytest.mark.parametrize("operation", ["get", "update", "pause", "revoke", "rotate", "usage"])
def test_unknown_and_malformed_ids_are_told_apart(way: Way, operation: str) -> None:
    assert way.do(f"api_keys.{operation}", key_id=NOBODYS).refusal == (404, "NOT_FOUND")
    malformed = way.do(f"api_keys.{operation}", key_id="no-uuid").refusal
    assert malformed == ((404, "NOT_FOUND") if isinstance(way, CommandLine) else (422, "VALIDATION_ERROR"))


def test_the_keys_of_others_are_out_of_reach(way: Way, enter: Enter, server: ServerProcess) -> None:
    """Otherwise whoever knows an id could read, end or take over the key of another workspace."""
    theirs = created(enter(token=server.token(f"{uuid4().hex}@example.com")))["id"]
    for operation in ("get", "update", "pause", "resume", "revoke", "rotate", "usage"):
        assert way.do(f"api_keys.{operation}", key_id=theirs).refusal == (404, "NOT_FOUND")


def test_a_key_can_not_manage_keys(way: Way, enter: Enter) -> None:
    """Otherwise a stolen key could make itself successors."""
    holder = enter(api_key=created(way)["api_key"])
    assert holder.do("api_keys.create", name="more").refusal == (401, "SESSION_REQUIRED")
    assert holder.do("usage.summary").refusal == (403, "INSUFFICIENT_SCOPE")


def test_strangers_are_refused(enter: Enter) -> None:
    """Otherwise anybody could do everything."""
    stranger = enter(token="not-a-token")
    for operation in ("api_keys.list", "workspaces.list", "auth.whoami"):
        assert stranger.do(operation).refusal == (401, "UNAUTHORIZED")


def test_a_workspace_one_is_not_in_is_refused(enter: Enter) -> None:
    assert enter(workspace_id=NOBODYS).do("api_keys.list").refusal == (403, "NOT_A_MEMBER")


def test_a_key_over_its_limit_is_told_so(way: Way, enter: Enter) -> None:
    key = created(way, rate_limit_per_min=1)
    holder = enter(api_key=key["api_key"])
    assert holder.do("auth.whoami").refusal == (None, None)
    assert holder.do("auth.whoami").refusal == (429, "RATE_LIMITED")


def test_people_are_invited_join_change_and_leave(way: Way, enter: Enter, server: ServerProcess) -> None:
    team = way.do("workspaces.create", name="Team").data["id"]
    other = f"{uuid4().hex[:12]}@example.com"
    invite = way.do("invites.create", workspace_id=team, email=other.upper(), role="viewer").data
    assert (invite["email"], invite["status"]) == (other, "pending")
    assert invite["token"] in invite["link"]
    assert way.do("invites.create", workspace_id=team, email=other, role="viewer").refusal == (409, "CONFLICT")
    updated = way.do("invites.update", workspace_id=team, invite_id=invite["id"], role="editor").data
    assert updated == {n: v for n, v in invite.items() if n not in ("token", "link")} | {"role": "editor"}
    guest = enter(token=server.token(other))
    assert way.do("invites.accept", token=invite["token"]).refusal == (403, "FORBIDDEN")
    assert guest.do("invites.accept", token=invite["token"]).data == {"workspace_id": team}
    assert guest.do("invites.accept", token=invite["token"]).refusal == (410, "GONE")
    members = guest.do("members.list", workspace_id=team)
    assert ([m["role"] for m in members.data], members.total) == (["editor", "admin"], 2)
    guest_id = members.data[0]["id"]
    changed = way.do("members.update", workspace_id=team, member_id=guest_id, role="admin").data
    assert (changed["id"], changed["role"]) == (guest_id, "admin")
    assert guest.do("members.remove", workspace_id=team, member_id=members.data[1]["id"]).refusal == (409, "CONFLICT")
    assert way.do("members.remove", workspace_id=team, member_id=guest_id).data == {}
    assert guest.do("members.list", workspace_id=team).refusal == (404, "NOT_FOUND")


def test_an_invite_is_revoked(way: Way, enter: Enter, server: ServerProcess) -> None:
    team = way.do("workspaces.create", name="Team").data["id"]
    other = f"{uuid4().hex[:12]}@example.com"
    invite = way.do("invites.create", workspace_id=team, email=other, role="viewer").data
    assert [m["status"] for m in way.do("members.list", workspace_id=team).data] == ["active", "invited"]
    assert way.do("invites.revoke", workspace_id=team, invite_id=invite["id"]).data == {}
    assert way.do("members.list", workspace_id=team).total == 1
    assert enter(token=server.token(other)).do("invites.accept", token=invite["token"]).refusal == (410, "GONE")


def test_a_workspace_has_settings(way: Way) -> None:
    team = way.do("workspaces.create", name="Team").data["id"]
    assert way.do("workspaces.settings", workspace_id=team).data == {"default_language": None, "theme": None}


def test_a_key_says_on_request_whether_its_creator_left(way: Way) -> None:
    key_id = created(way)["id"]
    assert "creator_left" not in way.do("api_keys.get", key_id=key_id).data
    assert way.do("api_keys.get", key_id=key_id, include="creator_left").data["creator_left"] is False
    assert [k["creator_left"] for k in way.do("api_keys.list", include="creator_left").data] == [False]
