import json

from command_line import Run
from onepin.server.config import Config
from onepin.server.settings import SETTINGS

SECRETS = {
    "ONEPIN_PEPPER": "b8Jq0Zt5mW2xYc7Rk4Vn1Hs9Ld6Fg3Tp",
    "ONEPIN_DATABASE_URL": "postgresql://onepin:hunter2hunter2@db.example/onepin",
}


def test_every_setting_is_printed_with_its_source(onepin: Run) -> None:
    done = onepin("config", "--port", "9000", ONEPIN_LOG_FORMAT="json")
    assert done.returncode == 0
    rows = [line.split() for line in done.stdout.splitlines()]
    assert [row[0] for row in rows] == [setting.env for setting in SETTINGS]
    assert ["ONEPIN_PORT", "flag", "9000"] in rows
    assert ["ONEPIN_LOG_FORMAT", "environment", "json"] in rows
    assert ["ONEPIN_ACCESS_LOG", "default", "errors"] in rows


def test_json_holds_the_same(onepin: Run) -> None:
    settings = json.loads(onepin("config", "--json", ONEPIN_DEFAULT_SCOPES="none").stdout)
    assert settings["ONEPIN_PORT"] == {"value": "8000", "from": "default"}
    assert settings["ONEPIN_DEFAULT_SCOPES"] == {"value": "none", "from": "environment"}
    assert settings["ONEPIN_PUBLIC_URL"] == {"value": None, "from": "default"}


def test_secrets_are_masked(onepin: Run) -> None:
    """Otherwise the output pasted into a bug report would give the database and the pepper away."""
    for arguments in ([], ["--json"]):
        done = onepin("config", *arguments, **SECRETS)
        assert done.returncode == 0
        assert "hunter2" not in done.stdout + done.stderr
        assert SECRETS["ONEPIN_PEPPER"] not in done.stdout + done.stderr
        assert "postgresql://onepin:***@db.example/onepin" in done.stdout
        assert "(set, not shown)" in done.stdout


def test_what_is_printed_can_be_given_again(onepin: Run) -> None:
    first = json.loads(onepin("config", "--json", ONEPIN_DEFAULT_RATE_LIMIT_PER_MIN="none").stdout)
    again = {name: entry["value"] for name, entry in first.items() if entry["value"]}
    second = Config.load(again, {}).shown()
    assert second == {name: entry["value"] or "" for name, entry in first.items()}


def test_a_bad_setting_is_named_and_the_exit_code_is_2(onepin: Run) -> None:
    done = onepin("config", ONEPIN_PORT="80x", ONEPIN_HSOT="::1")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "2 settings can't be used" in done.stderr
    assert "did you mean ONEPIN_HOST?" in done.stderr


def test_what_only_a_start_needs_is_mentioned_beside_the_settings(onepin: Run) -> None:
    done = onepin("config", ONEPIN_DATABASE_URL=SECRETS["ONEPIN_DATABASE_URL"])
    assert done.returncode == 0
    assert "A server would not start with these settings" in done.stderr
    assert "ONEPIN_PEPPER" in done.stderr
