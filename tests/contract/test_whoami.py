"""GET /api/v1/auth/whoami: who a credential speaks for, and nothing made by asking."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from answers import data, refused
from onepin.contract.scopes import SCOPES
from onepin.server.keys.format import mint
from service import Service, bearer
from standing import standing_loop
from tenants import change_role, join, tenant, whole_state

pytestmark = standing_loop
EDITOR_SCOPES = sorted(set(SCOPES) - {"keys:verify"})
VIEWER_SCOPES = sorted(scope for scope in SCOPES if scope.endswith(":read"))


async def who(service: Service, headers: dict[str, str]) -> Any:
    return data(await service.call("GET", "auth/whoami", headers))


async def test_a_session_without_a_header_shows_what_its_own_workspace_allows(service: Service) -> None:
    before = await who(service, service.session())
    assert set(before) == {"auth_kind", "user_id", "workspace_id", "api_key_id", "scopes"}
    assert UUID(before["user_id"]).version == 5
    assert before == before | {"auth_kind": "clerk", "workspace_id": None, "api_key_id": None, "scopes": sorted(SCOPES)}
    await service.create_key()
    assert await who(service, service.session()) == before


async def test_asking_creates_nobody(service: Service) -> None:
    """If this failed, every stranger with a token could fill the database by asking who they are."""
    before = await whole_state(service)
    await who(service, service.session())
    refused(await service.call("GET", "auth/whoami", service.session(workspace=uuid4())), "NOT_A_MEMBER")
    assert await whole_state(service) == before


async def test_a_session_mirrors_the_workspace_that_the_header_names(service: Service) -> None:
    team = await tenant(service)
    for headers, scopes in (
        (team.admin, sorted(SCOPES)),
        (team.editor, EDITOR_SCOPES),
        (team.viewer, VIEWER_SCOPES),
    ):
        answer = await who(service, headers)
        assert answer["workspace_id"] == str(team.id)
        assert answer["scopes"] == scopes


@pytest.mark.parametrize("empty", ["", " "])
async def test_an_empty_header_is_no_header(service: Service, empty: str) -> None:
    assert (await who(service, service.session() | {"X-Workspace-Id": empty}))["workspace_id"] is None


async def test_a_workspace_one_is_not_in_is_refused_whether_it_exists_or_not(service: Service) -> None:
    """If this failed, anybody could learn which workspaces exist."""
    team = await tenant(service)
    answers = [
        await service.call("GET", "auth/whoami", service.session(workspace=workspace))
        for workspace in (team.id, uuid4())
    ]
    assert {refused(answer, "NOT_A_MEMBER") for answer in answers} == {refused(answers[0], "NOT_A_MEMBER")}


async def test_a_key_shows_its_workspace_its_creator_and_its_scopes(service: Service) -> None:
    key = await service.create_key(scopes=["voices:read", "catalog:read"])
    assert await who(service, bearer(key["api_key"])) == {
        "auth_kind": "api_key",
        "user_id": key["created_by"],
        "workspace_id": key["workspace_id"],
        "api_key_id": key["id"],
        "scopes": ["catalog:read", "voices:read"],
    }


async def test_a_key_goes_on_when_its_creator_leaves(service: Service) -> None:
    team = await tenant(service)
    colleague = f"colleague-{service.user}"
    key = await service.create_key(await join(service, team.id, colleague, "editor"))
    await change_role(service, team.id, colleague, None)
    assert (await who(service, bearer(key["api_key"])))["user_id"] == key["created_by"]
    assert data(await service.call("GET", f"api-keys/{key['id']}", team.viewer))["created_by"] == key["created_by"]


async def test_a_key_may_name_its_own_workspace_and_no_other(service: Service) -> None:
    """If this failed, a key could act in a workspace that it was not made in."""
    key = await service.create_key()
    for named in (key["workspace_id"], key["workspace_id"].upper(), ""):
        assert (await who(service, bearer(key["api_key"]) | {"X-Workspace-Id": named}))["api_key_id"] == key["id"]
    other = await tenant(service)
    for named in (str(other.id), str(uuid4())):
        answer = await service.call("GET", "auth/whoami", bearer(key["api_key"]) | {"X-Workspace-Id": named})
        refused(answer, "WORKSPACE_MISMATCH")


@pytest.mark.parametrize("named", ["null", "None", "0", "personal", "a" * 36, "{}", "*"])
async def test_a_header_that_is_no_uuid_is_invalid(service: Service, named: str) -> None:
    key = await service.create_key()
    for headers in (service.session(), bearer(key["api_key"])):
        answer = await service.call("GET", "auth/whoami", headers | {"X-Workspace-Id": named})
        refused(answer, "VALIDATION_ERROR", "X-Workspace-Id")


async def test_every_key_that_does_not_work_gets_the_same_answer(service: Service) -> None:
    """If this failed, the answer would tell a thief whether a key ever existed, and why it stopped."""

    async def answer_to(secret: str) -> tuple[int, str | None, Any]:
        answer = await service.whoami(secret)
        return answer.status_code, answer.headers["www-authenticate"], answer.json()["error"]

    paused, revoked, expired, gone = [await service.create_key() for _ in range(4)]
    await service.call("PATCH", f"api-keys/{paused['id']}", service.session(), json={"active": False})
    await service.call("DELETE", f"api-keys/{revoked['id']}", service.session())
    grace = {"grace_seconds": 1}
    await service.call("PATCH", f"api-keys/{expired['id']}/rotate", service.session(), json=grace)
    service.clock.advance(2)
    await service.call("PATCH", f"api-keys/{gone['id']}/rotate", service.session())
    good = mint("pk").reveal()
    secrets = [key["api_key"] for key in (paused, revoked, expired, gone)]
    secrets += [good, good[:-1] + ("0" if good[-1] != "0" else "1"), good[:-1], good + "0", "pk_live_", "op_live_x"]
    answers = [await answer_to(secret) for secret in secrets]
    assert answers[0] == (401, 'Bearer error="invalid_token"', answers[0][2])
    assert answers[0][2]["code"] == "INVALID_API_KEY"
    assert all(answer == answers[0] for answer in answers)


async def test_one_person_has_one_id_however_the_address_is_written(service: Service) -> None:
    ids = {(await who(service, service.session(user)))["user_id"] for user in (service.user, service.user.upper())}
    assert len(ids) == 1
