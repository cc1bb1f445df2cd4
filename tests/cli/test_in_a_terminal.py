"""The command line in a real terminal: prompts that show nothing secret, Ctrl-C, narrow windows, colours, spinners."""

import re
import signal
import socket
import threading

import pytest

from cli.people import Person
from cli.terminals import Terminal, ended, screen
from onepin.cli.render.cells import wide


def test_login_asks_for_a_key_and_does_not_show_it(ann: Person, terminal: Terminal) -> None:
    """If this failed, a key would stand on the screen and in the scroll-back of a shared terminal."""
    secret = ann.key("ci")
    ann.sign_out()
    child = terminal("login", "--key", "--base-url", ann.server.base_url)
    child.expect("API key .not shown.")
    child.sendline(secret)
    text, code = ended(child)
    assert code == 0, text
    assert "Signed in" in text
    assert secret[16:] not in text


def test_ctrl_c_at_a_prompt_changes_nothing(ann: Person, terminal: Terminal) -> None:
    ann.key("ci")
    child = terminal("keys", "revoke", "ci")
    child.expect(r"\[y/N\]")
    child.sendintr()
    text, code = ended(child)
    assert code == 130
    assert "Traceback" not in text
    assert len(ann.json("keys", "list")) == 1


@pytest.mark.parametrize(("answer", "code", "left"), [("y", 0, 0), ("n", 1, 1), ("", 1, 1)])
def test_a_question_is_asked_before_the_irreversible(
    ann: Person, terminal: Terminal, answer: str, code: int, left: int
) -> None:
    ann.key("ci")
    child = terminal("keys", "revoke", "ci")
    child.expect(r"Revoke 'ci' \(pk_live_\w{8}\)\?.*\[y/N\]")
    child.sendline(answer)
    text, exit_code = ended(child)
    assert exit_code == code, text
    assert len(ann.json("keys", "list")) == left
    assert code == 0 or "Nothing was changed." in text


@pytest.mark.parametrize("columns", [160, 80, 60, 40, 24])
def test_a_table_fits_the_window(ann: Person, terminal: Terminal, columns: int) -> None:
    ann.key("a name that goes on and on, for no good reason at all, to the very end")
    ann.key("キーの名前")
    text, code = ended(terminal("keys", "list", columns=columns))
    assert code == 0
    assert max(map(wide, screen(text))) <= columns
    assert "pk_live_" in text


def test_help_fits_a_narrow_window(terminal: Terminal) -> None:
    text, code = ended(terminal("keys", "list", "--help", columns=60))
    assert code == 0
    prose = text.partition("Examples:")[0]
    assert max(map(wide, prose.splitlines())) <= 60


def test_colours_are_there_unless_unwanted(ann: Person, terminal: Terminal) -> None:
    ann.key("ci")
    assert "\x1b[32mactive" in ended(terminal("keys", "list"))[0]
    for settings in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\x1b[3" not in ended(terminal("keys", "list", **settings))[0]
    assert "\x1b[3" not in ended(terminal("keys", "list", "--no-color"))[0]


def test_times_are_relative_in_a_terminal(ann: Person, terminal: Terminal) -> None:
    ann.key("ci")
    text, _ = ended(terminal("keys", "list", columns=140))
    assert re.search(r"just now|seconds? ago", text)


def test_a_progress_bar_goes_away_when_it_is_done(ann: Person, terminal: Terminal) -> None:
    for name in ("a", "b", "c"):
        ann.key(name)
    text, code = ended(terminal("keys", "revoke", "a", "b", "c", "--yes"))
    assert code == 0
    assert "3/3" in text
    assert [line.split()[0] for line in screen(text) if line.strip()] == ["revoked"] * 3 + ["3"]


def test_a_slow_server_gets_a_spinner_and_ctrl_c_ends_the_wait(ann: Person, terminal: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        held = []
        thread = threading.Thread(target=lambda: held.append(silent.accept()[0]), daemon=True)
        thread.start()
        child = terminal("keys", "list", ONEPIN_BASE_URL=f"http://127.0.0.1:{silent.getsockname()[1]}")
        child.expect("fetching keys")
        child.sendintr()
        text, code = ended(child)
        thread.join(5)
        for connection in held:
            connection.close()
    assert code == 130
    assert "Traceback" not in text


def test_ctrl_c_during_a_create_waits_for_the_secret(ann: Person, terminal: Terminal) -> None:
    """If this failed, a key would exist whose secret nobody has."""
    host, port = ann.server.base_url.removeprefix("http://").split(":")
    asked, go = threading.Event(), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as slow:

        def relay() -> None:
            connection, _ = slow.accept()
            with connection, socket.create_connection((host, int(port))) as server:
                request = b""
                while not request.endswith(b"}"):
                    request += connection.recv(65_536)
                server.sendall(request)
                answer = server.recv(65_536)
                asked.set()
                go.wait(20)
                connection.sendall(answer)

        thread = threading.Thread(target=relay, daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{slow.getsockname()[1]}"
        child = terminal("keys", "create", "ci", ONEPIN_BASE_URL=address)
        assert asked.wait(20)
        child.kill(signal.SIGINT)
        child.expect("Finishing the request")
        go.set()
        text, code = ended(child)
        thread.join(5)
    assert code == 0, text
    assert re.search(r"pk_live_[0-9A-Za-z]{38}", text)


def test_usage_is_drawn_in_the_width_there_is(ann: Person, terminal: Terminal) -> None:
    ann.key("ci")
    text, code = ended(terminal("keys", "usage", "ci", "--window", "12m", columns=50))
    assert code == 0
    assert max(map(wide, screen(text))) <= 50
