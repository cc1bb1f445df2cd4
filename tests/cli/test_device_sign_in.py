"""``onepin login`` by a code (RFC 8628), ``logout`` and ``sessions``, against a server in a process of its own."""

import json
import os
import re
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from cli.device_approval import decided, device_signed_in, sessions, signed_in
from cli.people import Person
from cli.terminals import Terminal, ended
from client.answering import Asked, Reply, answering
from onepin.cli.account.device import device_name
from server_process import serving, start

CODE = r"[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}"


def credentials(ann: Person) -> Path:
    return ann.home / ".onepin" / "credentials"


def shown_code(child: Any) -> str:
    child.expect(f"({CODE})")
    code: str = child.match[1]
    return code


def test_a_person_approves_the_code_and_is_signed_in_until_they_sign_out(ann: Person, terminal: Terminal) -> None:
    """If this failed, the secret could stand on the screen, in the server's log, or in a file open to others."""
    ann.sign_out()
    child = terminal("login", "--base-url", ann.server.base_url)
    child.expect(f"Open .*{ann.server.base_url}/device")
    code = shown_code(child)
    child.expect("waiting for you to approve")
    decided(ann, code)
    text, exit_code = ended(child)
    assert exit_code == 0, text
    assert "Signed in" in text
    secret = re.findall(r'session = "(pk_session_\w{38})"', credentials(ann).read_text())[0]
    assert stat.S_IMODE(credentials(ann).stat().st_mode) == 0o600
    assert "eyJ" not in credentials(ann).read_text()
    assert "device sign-in, profile default" in ann("whoami").stdout
    ann.key("mine")
    assert [one["current"] for one in ann.json("sessions", "list")] == [True]
    assert [one.client for one in sessions(ann)] == [device_name()]
    done = ann("logout")
    assert "ended at" in done.stderr
    assert not credentials(ann).exists()
    assert sessions(ann) == []
    for written in (text, done.stdout, done.stderr, ann.server.printed()):
        assert secret[12:] not in written
    assert "eyJ" not in text + done.stdout + done.stderr


def test_a_denied_code_says_so_and_stores_nothing(ann: Person, terminal: Terminal) -> None:
    ann.sign_out()
    child = terminal("login", "--base-url", ann.server.base_url)
    decided(ann, shown_code(child), approve=False)
    text, exit_code = ended(child)
    assert exit_code == 1
    assert "was denied" in text
    assert not credentials(ann).exists()


def test_ctrl_c_while_waiting_stores_nothing(ann: Person, terminal: Terminal) -> None:
    ann.sign_out()
    child = terminal("login", "--base-url", ann.server.base_url)
    shown_code(child)
    child.expect("waiting for you to approve")
    child.sendintr()
    text, exit_code = ended(child)
    assert exit_code == 130
    assert "Traceback" not in text
    assert not credentials(ann).exists()


def test_a_server_that_is_restarted_meanwhile_loses_nothing(ann: Person, terminal: Terminal, tmp_path: Path) -> None:
    ann.sign_out()
    with serving(tmp_path / "own") as first:
        ann.server = first
        child = terminal("login", "--base-url", first.base_url)
        code = shown_code(child)
        first.kill()
        ann.server = second = start(tmp_path / "own", port=first.port)
        try:
            decided(ann, code)
            text, exit_code = ended(child)
            assert exit_code == 0, text
            assert ann("whoami").returncode == 0
        finally:
            second.kill()


def test_without_a_terminal_it_has_to_be_asked_for(ann: Person) -> None:
    ann.sign_out()
    done = ann("login", stdin="")
    assert done.returncode == 2
    assert "--device" in done.stderr
    for other in (("--local",), ("--key", "-"), ("--token", "-")):
        for words in (("--device", *other), ("--open", *other)):
            assert ann("login", *words).returncode == 2


def oauth(status: int, **body: Any) -> Reply:
    return status, {"Content-Type": "application/json"}, json.dumps(body).encode()


def starting(expires_in: int, interval: int = 1, user_code: str = "WDJB-MJHT") -> Reply:
    page = "http://127.0.0.1/device"
    body = {"device_code": "d" * 43, "user_code": user_code, "verification_uri": page}
    complete = f"{page}?user_code={user_code}"
    return oauth(200, **body, verification_uri_complete=complete, expires_in=expires_in, interval=interval)


@pytest.mark.parametrize("expires_in", [0, 60])
def test_a_code_that_nobody_approved_in_time_says_how_to_begin_again(ann: Person, expires_in: int) -> None:
    def reply(asked: Asked) -> Reply:
        expired = oauth(400, error="expired_token", error_description="Too old.")
        return expired if asked.path.endswith("/token") else starting(expires_in)

    ann.sign_out()
    with answering(reply) as server:
        done = ann("login", "--device", "--quiet", "--base-url", server.base_url)
    assert done.returncode == 1
    assert "WDJB-MJHT" in done.stderr  # even with --quiet
    assert "onepin login" in done.stderr
    assert not credentials(ann).exists()


def test_what_a_server_shows_can_not_move_the_cursor(ann: Person) -> None:
    """If this failed, a server could write over what stands on the screen, for instance over the address."""
    ann.sign_out()
    with answering(lambda asked: starting(0, user_code="A\x1b[2J\r")) as server:
        done = ann("login", "--device", "--base-url", server.base_url)
    assert "\x1b" not in done.stderr
    assert "\r" not in done.stderr


def opening(ann: Person, *words: str) -> list[str]:
    """What a sign-in with these flags hands to the browser."""
    programs, opened = ann.home / "bin", ann.home / "opened"
    programs.mkdir(exist_ok=True)
    (programs / "xdg-open").write_text(f'#!/bin/sh\necho "$1" > {opened}.part && mv {opened}.part {opened}\n')
    (programs / "xdg-open").chmod(0o755)
    with answering(lambda asked: starting(2)) as server:
        path = f"{programs}:{os.environ['PATH']}"
        assert ann.process("login", *words, "--base-url", server.base_url, PATH=path).returncode == 1
    return opened.read_text().split() if opened.exists() else []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the browser is opened by another program")
def test_the_browser_is_opened_only_when_asked(ann: Person) -> None:
    ann.sign_out()
    assert opening(ann, "--device") == []
    assert opening(ann, "--open") == ["http://127.0.0.1/device?user_code=WDJB-MJHT"]


def test_a_sign_in_that_can_not_be_kept_is_ended_again(ann: Person) -> None:
    """If this failed, a session would go on for 30 days whose secret nobody has."""
    ended_ones: list[str] = []

    def reply(asked: Asked) -> Reply:
        if asked.path.endswith("/token"):
            return oauth(200, access_token="eyJ.a.b", token_type="Bearer", expires_in=300, refresh_token=SECRET)
        if asked.path.endswith("/whoami"):
            return oauth(403, error={"code": "FORBIDDEN", "message": "No.", "details": []})
        if asked.path.endswith("/sessions"):
            return oauth(200, data=[SESSION], pagination=PAGE, meta=META)
        if asked.method == "DELETE":
            ended_ones.append(asked.path)
            return oauth(200, data={}, meta=META)
        return starting(60)

    ann.sign_out()
    with answering(reply) as server:
        done = ann("login", "--device", "--base-url", server.base_url)
    assert done.returncode == 1
    assert ended_ones == [f"/api/v1/auth/sessions/{ID}"]
    assert not credentials(ann).exists()
    assert SECRET[12:] not in done.stdout + done.stderr


ID = "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10"
SECRET = "pk_session_" + "Ab1" * 12 + "xy"
META = {"request_id": ID, "timestamp": "2026-05-01T12:00:00.000Z"}
PAGE = {"next": None, "prev": None, "limit": 1, "total": 1}
TIME = "2026-05-01T12:00:00.000Z"
SESSION = {"id": ID, "client": "x", "created_at": TIME, "last_used_at": TIME, "expires_at": TIME, "current": True}


def test_a_revoked_session_says_to_sign_in_again(ann: Person) -> None:
    secret = device_signed_in(ann)
    assert ann("whoami").returncode == 0
    done = ann("sessions", "revoke", "a device")
    assert done.returncode == 0, done.stderr
    assert "onepin login" in done.stderr
    for words in (("whoami",), ("keys", "list"), ("--json", "sessions", "list")):
        done = ann(*words)
        assert done.returncode == 1
        assert "onepin login" in done.stderr
        assert "Traceback" not in done.stderr
        assert secret[12:] not in done.stdout + done.stderr
    assert "over already" in ann.json("logout")["sessions"]["default"]
    assert not credentials(ann).exists()


def test_logout_says_so_when_the_server_could_not_be_asked(ann: Person) -> None:
    device_signed_in(ann)
    text = credentials(ann).read_text().replace(ann.server.base_url, "http://127.0.0.1:9")
    credentials(ann).write_text(text)
    done = ann("logout")
    assert done.returncode == 0
    assert "could not be asked" in done.stderr
    assert not credentials(ann).exists()
    assert len(sessions(ann)) == 1


def test_logout_forgets_a_damaged_secret(ann: Person) -> None:
    secret = device_signed_in(ann)
    credentials(ann).write_text(credentials(ann).read_text().replace(secret, "not a secret"))
    assert ann("whoami").returncode == 1
    assert ann("logout").returncode == 0
    assert not credentials(ann).exists()


def test_logout_of_every_profile_ends_every_session(ann: Person) -> None:
    device_signed_in(ann)
    device_signed_in(ann, "work")
    assert ann.json("logout", "--all")["sessions"] == {"default": "ended", "work": "ended"}
    assert sessions(ann) == []


def test_signing_in_otherwise_ends_the_session_that_was_here(ann: Person) -> None:
    """If this failed, sessions whose secret is nowhere would pile up, each good for 30 days if it was copied."""
    device_signed_in(ann)
    assert ann("login", "--local", "--data-dir", str(ann.server.data_dir), "--user", ann.name).returncode == 0
    assert sessions(ann) == []
    assert "pk_session_" not in credentials(ann).read_text()
    assert ann("whoami").returncode == 0


def test_a_session_is_not_sent_to_another_server(ann: Person) -> None:
    """If this failed, a mistyped --base-url would hand the secret to a stranger."""
    device_signed_in(ann)
    with answering(lambda asked: oauth(500)) as server:
        assert ann("whoami", "--base-url", server.base_url).returncode == 1
    assert server.asked == []


def test_sessions_are_named_by_id_or_by_a_name_that_is_theirs_alone(ann: Person) -> None:
    device_signed_in(ann, "one", "twin")
    device_signed_in(ann, "two", "twin")
    device_signed_in(ann, name="here")
    listed = ann("sessions", "list").stdout
    assert [line.split()[1] for line in listed.splitlines() if line.startswith("*")] == ["here"]
    assert "2 sessions" in ann("sessions", "revoke", "twin").stderr
    first = next(one for one in sessions(ann) if one.client == "twin")
    assert ann("sessions", "revoke", str(first.id), "-q").stdout.strip() == str(first.id)
    assert ann("sessions", "revoke", "twin").returncode == 0
    assert ann("sessions", "revoke", "twin").returncode == 1
    assert [one.client for one in sessions(ann)] == ["here"]


def test_no_sessions_says_how_to_make_one(ann: Person) -> None:
    done = ann("sessions", "list")
    assert (done.returncode, done.stdout) == (0, "")
    assert "onepin login" in done.stderr


def test_a_code_is_approved_or_denied_from_the_command_line(ann: Person) -> None:
    with signed_in(ann) as client:
        codes = [client.auth.device.start(device_name="my laptop") for _ in range(2)]
        assert ann("sessions", "approve", codes[0].user_code).returncode == 2  # nobody can be asked here
        done = ann("sessions", "approve", codes[0].user_code.lower(), "--yes")
        assert done.returncode == 0, done.stderr
        assert "my laptop" in done.stderr
        assert client.auth.device.token(codes[0].device_code).refresh_token
        assert ann("sessions", "approve", codes[1].user_code, "--deny").returncode == 0
    assert ann("sessions", "approve", codes[1].user_code, "--yes").returncode == 1
    assert ann("sessions", "approve", "..", "--yes").returncode == 2
    assert len(sessions(ann)) == 1


def test_a_device_can_not_approve_another_one(ann: Person) -> None:
    """If this failed, a stolen device could make itself last for ever."""
    device_signed_in(ann)
    with signed_in(ann) as client:
        code = client.auth.device.start(device_name="another").user_code
    done = ann("sessions", "approve", code, "--yes")
    assert done.returncode == 1
    assert "in the browser" in done.stderr
    assert len(sessions(ann)) == 1
