"""Secrets stay out of everything that people print, log and send to error trackers."""

import copy
import json
import logging
import pickle
import traceback
from typing import Any

import pytest

from client.conftest import Make
from client.fault_proxy import FaultProxy
from onepin import OnePinClient, OnePinConfigurationError, OnePinError, Secret

SECRET = "pk_live_" + "Ab1" * 12 + "xy"
SHOWN = "pk_live_Ab1Ab1Ab**********"


def everything_said(error: BaseException) -> str:
    """What an error tracker gets: the texts of an error and its causes, and the variables of all frames but tests'."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    said: list[str] = []
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        said.append(f"{each!s} {each!r} {vars(each)}")
        frames = [frame for frame, _ in traceback.walk_tb(each.__traceback__)]
        ours = [frame for frame in frames if "/tests/" not in frame.f_code.co_filename]
        said += [
            f"{frame.f_code.co_qualname} {name}={value!r}" for frame in ours for name, value in frame.f_locals.items()
        ]
        waiting += [each.__cause__, each.__context__]
    return "\n".join(said)


def test_a_secret_shows_masked() -> None:
    """Otherwise a print or a log line would give a key away."""
    secret = Secret(SECRET)
    shown = [
        str(secret),
        repr(secret),
        f"{secret}",
        f"{secret!r:>60}",
        "{}".format(secret),  # noqa: UP032 - as a log does
        str([secret]),
        str({"a": secret}),
    ]
    assert all(SHOWN in text and SECRET[20:] not in text for text in shown)
    assert secret.reveal() == SECRET
    assert str(Secret("short")) == "**********"


def test_a_secret_is_no_string() -> None:
    """Otherwise joining, slicing or encoding it would give the plain text without anybody having asked for it."""
    secret: Any = Secret(SECRET)
    for attempt in (lambda: "" + secret, lambda: "".join([secret]), lambda: json.dumps(secret), lambda: secret[3]):
        with pytest.raises(TypeError):
            attempt()
    with pytest.raises(TypeError, match="reveal"):
        pickle.dumps(secret)
    assert secret == Secret(SECRET)
    assert secret != SECRET
    assert copy.deepcopy([secret]) == [secret]
    assert len({secret, Secret(SECRET)}) == 1


def test_a_created_key_prints_and_dumps_without_its_secret(make: Make) -> None:
    """Otherwise the line that logs a new key would log its secret."""
    client = make()
    key = client("api_keys.create", name="ci")
    hidden = key.api_key.reveal().removeprefix(key.preview)
    rotated = client("api_keys.rotate", key.id)
    hidden_too = rotated.new_key.api_key.reveal().removeprefix(rotated.new_key.preview)
    for printed in (repr(key), str(key), key.model_dump_json(), str(key.model_dump()), repr(rotated)):
        assert hidden not in printed
        assert hidden_too not in printed
    assert key.preview in key.model_dump_json()


def test_the_log_names_routes_and_requests_and_no_secrets(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    """Otherwise a debug log would be a list of keys."""
    caplog.set_level(logging.DEBUG)
    client = make()
    key = client("api_keys.create", name="ci")
    client("api_keys.verify", key.api_key)
    make(api_key=key.api_key)("auth.whoami")
    written = "\n".join(record.getMessage() for record in caplog.records)
    assert "POST /api/v1/api-keys, attempt 1: 201, request " in written
    assert key.api_key.reveal()[16:] not in written
    assert "Bearer" not in written


@pytest.mark.parametrize(
    "fault",
    ["lose the answer", "cut the answer", "cut the body unnoticed", "delay the answer", "bad gateway", "sign-in page"],
)
def test_errors_hold_no_secret_in_any_frame(make: Make, proxy: FaultProxy, fault: Any) -> None:
    """Otherwise error trackers, which collect variables, would collect tokens and keys."""
    client = make(base_url=proxy.base_url, timeout=0.3, max_retries=0)
    settings = client.client._settings
    proxy.begin(fault)
    with pytest.raises(OnePinError) as caught:
        client("api_keys.create", name="ci")
    said = everything_said(caught.value)
    assert settings.credential.reveal()[20:] not in said
    assert proxy.forwarded[0]["idempotency-key"] not in said  # with it, the answer could be had again


def test_an_invite_holds_its_token_and_link_masked(make: Make) -> None:
    """Otherwise the line that logs an invite would hold what it takes to accept it."""
    client = make()
    team = client("workspaces.create", name="Team").id
    invite = client("invites.create", team, email="guest@example.com", role="viewer")
    token = invite.token.reveal()
    assert invite.link.reveal().endswith(token)
    assert token not in repr(invite) + invite.model_dump_json()
    with pytest.raises(OnePinError) as caught:
        client("invites.accept", invite.token)  # it is for somebody else
    assert token not in everything_said(caught.value)


def test_an_unreachable_server_is_reported_without_the_credential(make: Make) -> None:
    """Otherwise the report of an outage would hold the key."""
    with pytest.raises(OnePinError) as caught:
        make(base_url="http://127.0.0.1:1", api_key=SECRET, max_retries=0)("auth.whoami")
    assert SECRET[20:] not in everything_said(caught.value)


def test_what_an_answer_repeats_of_the_credential_is_masked(make: Make, echo: str) -> None:
    """Otherwise the error page of a proxy that shows the request would bring the key into logs."""
    with pytest.raises(OnePinError) as caught:
        make(base_url=echo, api_key=SECRET, max_retries=0)("auth.whoami")
    assert caught.value.status_code == 500
    assert "authorization" in str(caught.value.response_body).lower()
    assert SECRET[20:] not in everything_said(caught.value)


@pytest.mark.parametrize("wrong", [SECRET + "\nx", "two words" + SECRET, SECRET + "é", "\x00" + SECRET])
def test_a_credential_that_no_header_carries_is_refused_without_being_shown(wrong: str) -> None:
    """Otherwise the error of the HTTP library, which quotes the header, would show it."""
    with pytest.raises(OnePinConfigurationError) as caught:
        OnePinClient(api_key=wrong, base_url="http://127.0.0.1:1")
    assert SECRET[20:] not in str(caught.value)


def test_clients_print_without_their_credential() -> None:
    """Otherwise a client in a log line or a debugger would show it."""
    client = OnePinClient(api_key=SECRET, base_url="http://127.0.0.1:1")
    assert SECRET[20:] not in repr(client) + repr(vars(client)) + repr(client._settings)
