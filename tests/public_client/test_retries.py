"""The published client retries 408, 409, 429, 5xx and cut connections twice, POST included: none of it may do harm."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from public_client.called import Client, MakeClient, Raised
from public_client.relay import Fault, Relay, relaying
from server_process import ServerProcess


@pytest.fixture
def relay(server: ServerProcess) -> Iterator[Relay]:
    with relaying(server.port) as running:
        yield running


@pytest.fixture
def through(relay: Relay, make: MakeClient, server: ServerProcess, user: str) -> Client:
    """The client of ``user`` with its own patience, through the relay."""
    return make(server.token(user), base_url=relay.base_url)


def once() -> dict[str, Any]:
    """What makes a retry safe: the header, given as the client's documentation says."""
    return {"additional_headers": {"Idempotency-Key": f"test-{uuid4()}"}}


def test_a_409_comes_out_after_two_retries_and_changed_nothing(
    through: Client, client: Client, relay: Relay, user: str
) -> None:
    key = client("api_keys.create_api_key", name="gone").data
    revoked = client("api_keys.delete_api_key", key.id).data
    with pytest.raises(Raised) as conflict:
        through("api_keys.rotate_api_key", key.id)
    assert (conflict.value.status, conflict.value.body["error"]["code"]) == (409, "CONFLICT")
    assert relay.answered == [409, 409, 409]
    assert [listed.fields for listed in client("api_keys.list_api_keys", status="all").data] == [revoked.fields]


@pytest.mark.parametrize("fault", ["cut", "503"])
def test_a_create_whose_answer_was_lost_makes_one_key_when_it_is_idempotent(
    through: Client, client: Client, make: MakeClient, relay: Relay, fault: Fault
) -> None:
    """Otherwise every hiccup of a network would leave a working key behind that nobody knows of."""
    relay.faults = [fault]
    raw = through("api_keys.with_raw_response.create_api_key", name="once", request_options=once())
    assert relay.answered == [201, 201]
    assert raw.headers["idempotency-replayed"] == "true"
    created = raw.data.data
    assert [key.id for key in client("api_keys.list_api_keys", status="all").data] == [created.id]
    assert make(created.api_key)("auth.whoami").data.api_key_id == created.id


def test_a_create_that_is_retried_without_it_makes_whole_keys(
    through: Client, client: Client, make: MakeClient, relay: Relay
) -> None:
    relay.faults = ["503"]
    created = through("api_keys.create_api_key", name="twice").data
    listed = client("api_keys.list_api_keys", status="all")
    assert (relay.answered, listed.pagination.total) == ([201, 201], 2)
    assert listed.data[0].id == created.id
    alike = [(key.name, key.scopes, key.rate_limit_per_min, key.active, key.revoked_at) for key in listed.data]
    assert alike[0] == alike[1]
    assert make(created.api_key)("auth.whoami").data.api_key_id == created.id


def test_a_rotation_whose_answer_was_lost_is_replayed_with_its_secret(
    through: Client, client: Client, make: MakeClient, relay: Relay
) -> None:
    """Otherwise a lost answer would cut off whoever rotates: the old key dead, the new one unknown."""
    key = client("api_keys.create_api_key", name="rotated").data
    relay.faults = ["cut"]
    rotated = through("api_keys.rotate_api_key", key.id, request_options=once()).data
    assert relay.answered == [200, 200]
    assert make(rotated.new_key.api_key)("auth.whoami").data.api_key_id == rotated.new_key.id
    assert client("api_keys.list_api_keys", status="all").pagination.total == 2


def test_a_revocation_whose_answer_was_lost_is_the_same_the_second_time(
    through: Client, client: Client, relay: Relay
) -> None:
    key = client("api_keys.create_api_key", name="revoked").data
    relay.faults = ["503"]
    revoked = through("api_keys.delete_api_key", key.id).data
    assert relay.answered == [200, 200]
    assert client("api_keys.get_api_key", key.id).data.revoked_at == revoked.revoked_at
