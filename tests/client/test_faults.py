"""What goes wrong on the way: no second key is made, no secret is lost, and what can't be known is said."""

import pytest

from client.conftest import Make
from client.fault_proxy import Fault, FaultProxy
from onepin import (
    OnePinAuthError,
    OnePinConflictError,
    OnePinConnectionError,
    OnePinError,
    OnePinServerError,
    OnePinTimeoutError,
)

FAULTS: tuple[Fault, ...] = (
    "lose the request",
    "lose the answer",
    "cut the answer",
    "cut the body unnoticed",
    "delay the answer",
    "bad gateway",
    "sign-in page",
    "repeat the request",
    "repeat the answer",
)
SPOILED = tuple(fault for fault in FAULTS if not fault.startswith("repeat"))
DONE_UNHEARD = tuple(fault for fault in SPOILED if fault != "lose the request")
SHORT = 0.3


@pytest.mark.parametrize("fault", FAULTS)
def test_a_create_makes_one_key_and_its_secret_arrives(make: Make, proxy: FaultProxy, fault: Fault) -> None:
    """Otherwise a bad line would leave live keys that nobody holds, or give nobody the secret of one."""
    client = make(base_url=proxy.base_url, timeout=SHORT)
    proxy.begin(fault)
    key = client("api_keys.create", name="ci")
    assert client("api_keys.list", status="all").total == 1
    holder = make(api_key=key.api_key)
    assert holder("auth.whoami").api_key_id == key.id
    values = {headers.get("idempotency-key") for headers in proxy.forwarded if "content-length" in headers}
    assert len(values) == 1
    assert len(values.pop() or "") >= 16


@pytest.mark.parametrize("fault", FAULTS)
def test_a_rotation_makes_one_key_and_its_secret_arrives(make: Make, proxy: FaultProxy, fault: Fault) -> None:
    """Otherwise a bad line would end a key in use and lose the secret of its successor."""
    client = make(base_url=proxy.base_url, timeout=SHORT)
    old = client("api_keys.create", name="ci")
    proxy.begin(fault)
    rotated = client("api_keys.rotate", old.id)
    assert rotated.old_key.id == old.id
    assert client("api_keys.list", status="all").total == 2
    assert make(api_key=rotated.new_key.api_key)("auth.whoami").api_key_id == rotated.new_key.id


def test_two_faults_in_a_row_are_outlasted(make: Make, proxy: FaultProxy) -> None:
    client = make(base_url=proxy.base_url, timeout=SHORT)
    proxy.begin("cut the answer", "bad gateway")
    key = client("api_keys.create", name="ci")
    assert client("api_keys.list", status="all").total == 1
    assert make(api_key=key.api_key)("auth.whoami").api_key_id == key.id


@pytest.mark.parametrize("fault", FAULTS)
def test_reads_and_revocations_are_tried_again(make: Make, proxy: FaultProxy, fault: Fault) -> None:
    client = make(base_url=proxy.base_url, timeout=SHORT)
    key = client("api_keys.create", name="ci")
    proxy.begin(fault)
    assert client("api_keys.get", key.id).id == key.id
    proxy.begin(fault)
    assert client("api_keys.revoke", key.id).active is False


@pytest.mark.parametrize("fault", FAULTS)
def test_the_next_answer_is_that_of_the_next_question(make: Make, proxy: FaultProxy, fault: Fault) -> None:
    """Otherwise a repeated answer would be taken for that of the next call: the wrong key would be revoked or shown."""
    client = make(base_url=proxy.base_url, timeout=SHORT)
    one, two = client("api_keys.create", name="one"), client("api_keys.create", name="two")
    for _ in range(2):
        proxy.begin(fault)
        assert client("api_keys.get", one.id).name == "one"
        assert client("api_keys.get", two.id).name == "two"


@pytest.mark.parametrize("fault", DONE_UNHEARD)
def test_a_change_is_not_sent_again_when_it_may_have_been_made(make: Make, proxy: FaultProxy, fault: Fault) -> None:
    """Otherwise a change that somebody else made in between would be undone."""
    client = make(base_url=proxy.base_url, timeout=SHORT)
    key = client("api_keys.create", name="ci")
    proxy.begin(fault)
    with pytest.raises((OnePinConnectionError, OnePinServerError)):
        client("api_keys.update", key.id, name="new")
    assert len(proxy.forwarded) == 1


def test_a_lost_request_is_not_sent_again_when_nobody_knows_that_it_was_lost(make: Make, proxy: FaultProxy) -> None:
    client = make(base_url=proxy.base_url)
    proxy.begin("lose the request")
    with pytest.raises(OnePinConnectionError):
        client("workspaces.create", name="Team")
    assert client("workspaces.list").total == 1


@pytest.mark.parametrize("fault", SPOILED)
def test_without_retries_the_first_fault_is_an_error(make: Make, proxy: FaultProxy, fault: Fault) -> None:
    client = make(base_url=proxy.base_url, timeout=SHORT, max_retries=0)
    proxy.begin(fault)
    expected: dict[str, type[OnePinError]] = {"delay the answer": OnePinTimeoutError, "bad gateway": OnePinServerError}
    with pytest.raises(expected.get(fault, OnePinConnectionError)):
        client("auth.whoami")


def test_a_call_of_ones_own_finds_the_key_again_by_ones_own_idempotency_key(make: Make, proxy: FaultProxy) -> None:
    mine = "0f8fad5b-d9cb-469f-a165-70867728950e"
    proxy.begin("lose the answer")
    client = make(base_url=proxy.base_url, max_retries=0)
    with pytest.raises(OnePinConnectionError):
        client("api_keys.create", name="ci", idempotency_key=mine)
    again = client("api_keys.create", name="ci", idempotency_key=mine)
    assert client("api_keys.list", status="all").total == 1
    assert make(api_key=again.api_key)("auth.whoami").api_key_id == again.id


def test_refusals_are_not_tried_again(make: Make, proxy: FaultProxy) -> None:
    client = make(base_url=proxy.base_url)
    key = client("api_keys.create", name="ci")
    client("api_keys.revoke", key.id)
    proxy.begin()
    with pytest.raises(OnePinConflictError):
        client("api_keys.rotate", key.id)
    with pytest.raises(OnePinAuthError):
        make(base_url=proxy.base_url, token="nobody")("api_keys.list")
    assert len(proxy.forwarded) == 2
