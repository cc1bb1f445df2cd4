"""``onepin login``, ``logout``, ``whoami``, ``workspace`` and ``audit`` against a server in a process of its own."""

import base64
import json
import stat
from pathlib import Path

import pytest

from cli.people import Person

CLERK = "pk_live_" + base64.b64encode(b"clerk.example.com$").decode()


def credentials(ann: Person) -> Path:
    return ann.home / ".onepin" / "credentials"


def test_login_local_needs_nothing_but_the_data_folder(ann: Person) -> None:
    ann.sign_out()
    folder = str(ann.server.data_dir)
    done = ann("login", "--local", "--data-dir", folder, "--user", ann.name)
    assert done.returncode == 0, done.stderr
    assert f"Signed in to {ann.server.base_url}" in done.stderr
    assert done.stdout == ""
    ann.key("mine")
    assert [key["name"] for key in ann.json("keys", "list")] == ["mine"]
    assert "eyJ" not in credentials(ann).read_text()  # a token is made for every command, none is stored
    assert "local_data_dir" in credentials(ann).read_text()


def test_login_local_without_a_server_says_how_to_start_one(ann: Person) -> None:
    ann.sign_out()
    done = ann("login", "--local", "--data-dir", "none")
    assert (done.returncode, done.stdout) == (1, "")
    assert "onepin serve" in done.stderr
    assert not credentials(ann).exists()


@pytest.mark.parametrize("pipe", [True, False])
def test_login_with_a_key(ann: Person, pipe: bool) -> None:
    secret = ann.key("ci")
    ann.sign_out()
    words = ("login", "--base-url", ann.server.base_url, "--key")
    done = ann(*words, "-", stdin=secret + "\n") if pipe else ann(*words, secret)
    assert done.returncode == 0, done.stderr
    assert secret[16:] not in done.stdout + done.stderr
    assert stat.S_IMODE(credentials(ann).stat().st_mode) == 0o600
    assert stat.S_IMODE(credentials(ann).parent.stat().st_mode) == 0o700
    assert ann.json("whoami")["auth_kind"] == "api_key"


def test_login_with_a_token_and_another_profile(ann: Person) -> None:
    token = ann.server.token(ann.name)
    ann.sign_out()
    done = ann("login", "--token", "-", "--profile", "work", "--base-url", ann.server.base_url, stdin=token)
    assert done.returncode == 0, done.stderr
    assert token[20:60] not in done.stderr
    assert ann("whoami").returncode == 1
    assert ann("whoami", "--profile", "work").returncode == 0
    assert ann("whoami", ONEPIN_PROFILE="work").returncode == 0
    assert "profile work" in ann("--profile", "work", "whoami").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--key", CLERK), "Clerk's publishable key"),
        (("--key", "pk_live_" + "A" * 24), "Stripe's publishable key"),
        (("--key", "pk_live_" + "A" * 38), "checksum"),
        (("--key", "eyJh.eyJz.c2ln"), "--token"),
        (("--token", CLERK), "no session token"),
    ],
)
def test_a_credential_of_another_service_is_named_and_sent_nowhere(
    ann: Person, words: tuple[str, ...], said: str
) -> None:
    """If this failed, a secret of another service would be sent to this one, and stand in its logs."""
    ann.sign_out()
    done = ann("login", *words, "--base-url", "http://127.0.0.1:9")  # nothing listens there: asking would say so
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert "Nothing was sent anywhere" in done.stderr
    assert not credentials(ann).exists()


def test_a_credential_that_the_server_refuses_is_not_kept(ann: Person) -> None:
    secret = ann.key("ci")
    ann("keys", "revoke", "ci", "--yes")
    ann.sign_out()
    done = ann("login", "--key", secret, "--base-url", ann.server.base_url)
    assert done.returncode == 1
    assert not credentials(ann).exists()


def test_login_says_how_when_nobody_can_be_asked(ann: Person) -> None:
    ann.sign_out()
    done = ann("login")
    assert done.returncode == 2
    assert "--local, --token or --key" in done.stderr
    assert ann("login", "--local", "--key", "x").returncode == 2
    assert ann("login", "--user", "x").returncode == 2


def test_a_credentials_file_that_others_can_read_is_refused_with_the_command_that_mends_it(ann: Person) -> None:
    """If this failed, a key would be used that any user of the machine may have copied."""
    secret = ann.key("ci")
    ann.sign_out()
    ann("login", "--key", secret, "--base-url", ann.server.base_url)
    credentials(ann).chmod(0o644)
    for words in (("whoami",), ("login", "--key", secret), ("logout",), ("workspace", "use", "--personal")):
        done = ann(*words)
        assert done.returncode == 1, words
        assert f"chmod 600 {credentials(ann)}" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_stored_credential_is_not_sent_to_another_server(ann: Person) -> None:
    """If this failed, a mistyped --base-url would hand the credential to a stranger."""
    ann.sign_out()
    ann("login", "--local", "--data-dir", str(ann.server.data_dir))
    done = ann("keys", "list", "--base-url", "http://127.0.0.1:9")
    assert done.returncode == 1
    assert "onepin login --profile" in done.stderr


def test_a_profile_of_the_environment_is_made_by_login_and_has_to_be_there_for_the_rest(ann: Person) -> None:
    ann.sign_out()
    ann.settings = {"ONEPIN_PROFILE": "fresh"}
    missing = ann("whoami")
    assert missing.returncode == 1
    assert "onepin login --profile fresh" in missing.stderr
    assert ann("login", "--local", "--data-dir", str(ann.server.data_dir)).returncode == 0
    assert ann("whoami").returncode == 0
    assert "[fresh]" in credentials(ann).read_text()


def test_login_warns_of_a_variable_that_goes_before_it(ann: Person) -> None:
    done = ann("login", "--local", "--data-dir", str(ann.server.data_dir))
    assert "unset ONEPIN_TOKEN" in done.stderr


def test_logout_forgets_and_is_no_failure_twice(ann: Person) -> None:
    ann.sign_out()
    ann("login", "--local", "--data-dir", str(ann.server.data_dir))
    ann("login", "--local", "--data-dir", str(ann.server.data_dir), "--profile", "two")
    assert ann("logout").returncode == 0
    assert ann("whoami").returncode == 1
    assert ann("whoami", "--profile", "two").returncode == 0
    assert ann("logout", "--all").returncode == 0
    assert not credentials(ann).exists()
    assert ann("logout").returncode == 0


def test_whoami_says_who_where_and_by_what(ann: Person) -> None:
    done = ann("whoami")
    assert done.returncode == 0
    assert ann.server.base_url in done.stdout
    assert "session token, ONEPIN_TOKEN" in done.stdout
    assert "workflows:read" in done.stdout
    assert ann.settings["ONEPIN_TOKEN"][20:60] not in done.stdout
    assert set(ann.json("whoami")) == {"auth_kind", "user_id", "workspace_id", "api_key_id", "scopes"}


def test_a_token_that_is_over_says_how_to_sign_in(ann: Person) -> None:
    done = ann("whoami", ONEPIN_TOKEN="eyJhbGciOiJub25lIn0.e30.c2ln")
    assert done.returncode == 1
    assert "onepin login" in done.stderr


def test_flags_go_before_environment_before_profile(ann: Person) -> None:
    ann("login", "--local", "--data-dir", str(ann.server.data_dir), "--user", "somebody")
    from_environment = ann.json("whoami")["user_id"]
    assert ann.json("whoami", "--profile", "default")["user_id"] != from_environment
    assert ann("whoami", "--base-url", "http://127.0.0.1:9").returncode == 1
    assert ann("whoami", "--profile", "nobody").returncode == 1


def test_workspaces_are_made_chosen_changed_and_deleted(ann: Person) -> None:
    ann.sign_out()
    ann("login", "--local", "--data-dir", str(ann.server.data_dir), "--user", ann.name)
    slug = f"w-{ann.name[:12]}"
    made = ann.json("workspace", "create", "Acme", "--slug", slug, "--color", "3")
    assert (made["name"], made["slug"], made["color_idx"]) == ("Acme", slug, 3)
    assert ann("workspace", "use", slug).returncode == 0
    ann.key("there")
    assert ann.json("whoami")["workspace_id"] == made["id"]
    assert [line[:1] for line in ann("workspace", "list").stdout.splitlines()[1:]].count("*") == 1
    assert ann.json("workspace", "update", slug, "--name", "Acme 2")["name"] == "Acme 2"
    assert ann.json("workspace", "show", "acme 2")["id"] == made["id"]
    ann("workspace", "use", "--personal")
    assert ann.json("keys", "list") == []
    assert [key["name"] for key in ann.json("keys", "list", "--workspace", slug)] == ["there"]
    assert ann("workspace", "delete", slug).returncode == 2
    ann("workspace", "use", slug)
    assert ann("workspace", "delete", slug, "--yes").returncode == 0
    assert ann.json("keys", "list") == []
    assert ann("workspace", "use", slug).returncode == 1


@pytest.mark.parametrize("words", [("use",), ("use", "a", "--personal"), ("update", "a"), ("create",)])
def test_a_workspace_command_that_says_too_little_or_too_much_is_wrong_usage(
    ann: Person, words: tuple[str, ...]
) -> None:
    assert ann("workspace", *words).returncode == 2


def test_the_audit_log_says_who_did_what_to_which_key(ann: Person) -> None:
    secret = ann.key("ci")
    ann("keys", "pause", "ci")
    shown = ann("audit", "list")
    assert shown.returncode == 0
    assert shown.stdout.splitlines()[0].split() == ["WHEN", "WHO", "ACTION", "WHAT", "CHANGES", "ID"]
    assert "api_key.paused" in shown.stdout
    assert secret[16:] not in shown.stdout
    events = ann.json("audit", "list", "--key", "ci")
    assert [event["action"] for event in events] == ["api_key.paused", "api_key.created"]
    assert ann.json("audit", "list", "--action", "api_key.revoked") == []
    assert len(ann.json("audit", "list", "--limit", "1")) == 1
    assert ann.json("audit", "list", "--since", "1h", "--all") == ann.json("audit", "list", "--all")
    assert ann("audit", "list", "--action", "revoked").returncode == 2
    assert ann("audit", "list", "--target", "x").returncode == 2


def test_the_log_and_the_history_of_the_server_hold_no_secret(ann: Person) -> None:
    """If this failed, whoever reads the server's log could use the keys that the command line made."""
    secrets = [ann.key("a"), ann("keys", "rotate", "a", "--grace", "1h", "-q").stdout.strip()]
    ann("keys", "verify", stdin=secrets[0])
    ann("keys", "show", secrets[1])
    ann("whoami", ONEPIN_TOKEN="", ONEPIN_API_KEY=secrets[1])
    printed = ann.server.printed()
    assert [secret for secret in secrets if secret[16:] in printed] == []
    assert ann.settings["ONEPIN_TOKEN"].rpartition(".")[2] not in printed


def test_a_fault_of_our_own_shows_no_secret(ann: Person) -> None:
    """If this failed, a traceback in a CI log would hold a key."""
    secret = ann.key("ci")
    code = (
        "import sys; from onepin.cli import main, connection\n"
        "def broken(*a, **k): raise RuntimeError('a fault')\n"
        "connection.client_for = broken\n"
        "sys.exit(main.run(sys.argv[1:]))"
    )
    import subprocess
    import sys

    for words in (("keys", "verify", secret), ("keys", "show", secret), ("login", "--key", secret)):
        done = subprocess.run(
            [sys.executable, "-c", code, *words], capture_output=True, text=True, env=ann.environment(), check=False
        )
        assert "a fault" in done.stderr, words
        assert secret[16:] not in done.stderr + done.stdout


def test_json_of_logins(ann: Person) -> None:
    ann.sign_out()
    done = ann("--json", "login", "--local", "--data-dir", str(ann.server.data_dir))
    assert json.loads(done.stdout)["auth_kind"] == "clerk"
    assert json.loads(ann("logout", "--json").stdout) == {"removed": ["default"], "sessions": {}}
