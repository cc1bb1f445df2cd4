from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onepin.contract.scopes import DEFAULT_SCOPES, SCOPES
from onepin.server.config import Config, ConfigError
from onepin.server.setting_values import is_loopback
from onepin.server.settings import SETTINGS

PEPPER_1 = "Zs0f1cUq8gk3n2mXvV0l4y7wq9E5t1b6a2R8h0Jp3Kw="
PEPPER_2 = "p-Wc0Qz3mT6_yB8nD1fG5hJ7kL9rS2vXaE4iO0uY6tM="
PEPPER = "b8Jq0Zt5mW2xYc7Rk4Vn1Hs9Ld6Fg3Tp"
CLERK = {
    "ONEPIN_CLERK_ISSUER": "https://clerk.example.com",
    "ONEPIN_CLERK_AUTHORIZED_PARTIES": "https://app.example.com",
    "ONEPIN_SIGN_UP": "invited",
    "ONEPIN_PEPPER": PEPPER,
}


def problems(env: dict[str, str], flags: dict[str, str] | None = None, *, starting: bool = False) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        Config.load(env, flags or {}, starting=starting)
    return caught.value.problems


def problem(name: str, text: str, **env: str) -> str:
    (line,) = problems({name: text, **env})
    return line


def test_without_any_setting_the_defaults_are_those_of_a_server_on_one_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    config = Config.load({}, {}, starting=True)
    assert (config.host, config.port, config.base_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert config.data_dir == tmp_path / "onepin"
    assert config.database_url == f"sqlite:///{tmp_path}/onepin/onepin.db"
    assert config.database_path == tmp_path / "onepin" / "onepin.db"
    assert config.pepper_path == tmp_path / "onepin" / "pepper"
    assert config.embedded
    assert config.local_issuer
    assert config.loopback
    assert config.makes_pepper
    assert config.sign_up == "open"
    assert config.cors_origins == ()
    assert config.key_prefixes_accepted == ("pk", "op")
    assert config.scope_list == SCOPES
    assert config.default_scopes == DEFAULT_SCOPES == ("workflows:read", "workflows:run", "voices:read")
    assert config.default_rate_limit_per_min == 1000
    assert config.idempotency_secret_minutes == 60
    assert config.drain_seconds == 1.0
    assert (config.log_format, config.access_log) == ("text", "errors")
    assert config.allowed_hosts == ("127.0.0.1", "localhost", "[::1]")


def test_every_field_of_the_config_is_a_setting_and_the_other_way_round() -> None:
    assert {setting.field for setting in SETTINGS} == set(Config.__dataclass_fields__)
    assert len(SETTINGS) == 32


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.env)
def test_every_default_parses_and_every_setting_explains_itself(setting: Any) -> None:
    assert (setting.default is None) == bool(setting.shown_default)
    if setting.default is not None:
        setting.parse(setting.default)
    assert setting.help.endswith(".")
    assert setting.allowed


def test_a_flag_wins_over_the_environment_and_its_bad_value_is_reported_under_its_own_name() -> None:
    assert Config.load({"ONEPIN_PORT": "9000"}, {"port": "9001"}).port == 9001
    (line,) = problems({"ONEPIN_PORT": "9000"}, {"port": "80x"})
    assert line == "--port is '80x': not a whole number. Allowed: 0 to 65535; 0 takes a free one"


def test_an_empty_variable_counts_as_none() -> None:
    assert Config.load({"ONEPIN_PORT": "", "ONEPIN_PUBLIC_URL": "  "}, {}).port == 8000


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("ONEPIN_HOST", "http://localhost", "not a host"),
        ("ONEPIN_HOST", "localhost:8000", "not a host"),
        ("ONEPIN_HOST", "127.0.0.999", "not a host"),
        ("ONEPIN_HOST", "a b", "not a host"),
        ("ONEPIN_PORT", "65536", "out of range"),
        ("ONEPIN_PORT", "-1", "out of range"),
        ("ONEPIN_PORT", "99999999999999999999", "out of range"),
        ("ONEPIN_PORT", "٨٠٠٠", "not a whole number"),
        ("ONEPIN_PUBLIC_URL", "keys.example.com", "not a URL"),
        ("ONEPIN_PUBLIC_URL", "ftp://keys.example.com", "not http or https"),
        ("ONEPIN_PUBLIC_URL", "https://a:b@keys.example.com", "a user"),
        ("ONEPIN_PUBLIC_URL", "https://keys.example.com/?a=1", "a query"),
        ("ONEPIN_PUBLIC_URL", "https://keys.example.com:x", "not a URL"),
        ("ONEPIN_ALLOWED_HOSTS", "*", "a wildcard"),
        ("ONEPIN_ALLOWED_HOSTS", "https://keys.example.com", "no scheme"),
        ("ONEPIN_ALLOWED_HOSTS", "keys.example.com:99999", "the port"),
        ("ONEPIN_CORS_ORIGINS", "*", "a wildcard"),
        ("ONEPIN_CORS_ORIGINS", "https://app.example.com/", "in lower case: https://app.example.com"),
        ("ONEPIN_CORS_ORIGINS", "https://App.example.com", "in lower case: https://app.example.com"),
        ("ONEPIN_CORS_ORIGINS", "app.example.com", "not a URL"),
        ("ONEPIN_DATABASE_URL", "mysql://h/db", "neither sqlite"),
        ("ONEPIN_DATABASE_URL", "/srv/onepin.db", "neither sqlite"),
        ("ONEPIN_DATABASE_URL", "sqlite://", "needs the path"),
        ("ONEPIN_DATABASE_URL", "sqlite:///", "needs the path"),
        ("ONEPIN_DATABASE_URL", "sqlite:///:memory:", "needs the path"),
        ("ONEPIN_DATABASE_URL", "sqlite:///a.db?mode=ro", "needs the path"),
        ("ONEPIN_DATABASE_URL", "postgres://h/db", "write postgresql://"),
        ("ONEPIN_DATABASE_URL", "postgresql+asyncpg://h/db", "write postgresql://"),
        ("ONEPIN_DATABASE_URL", "postgresql://h", "name of the database"),
        ("ONEPIN_PEPPER", "short", "shorter than 32 bytes"),
        ("ONEPIN_PEPPER", "0" * 64, "guessable"),
        ("ONEPIN_PEPPER", "ab" * 32, "guessable"),
        ("ONEPIN_PEPPER", "changeme-" + PEPPER, "guessable"),
        ("ONEPIN_PEPPER", "MySecretPepperForOnepinInProduction1", "guessable"),
        ("ONEPIN_PEPPER", "Password-" + PEPPER, "guessable"),
        ("ONEPIN_PEPPER", f"v1:{PEPPER_1},v2:c2hvcnQ=", "shorter than 32 bytes"),
        ("ONEPIN_PEPPER", f"v1:{PEPPER_1},v1:{PEPPER_2}", "each number once"),
        ("ONEPIN_PEPPER", f"v1:{PEPPER_1},{PEPPER}", "versions are"),
        ("ONEPIN_PEPPER", f"v1:{PEPPER_1},v2:%%%", "version 2 is not base64"),
        ("ONEPIN_PEPPER", "v1:" + "QUFB" * 16, "guessable"),
        ("ONEPIN_PEPPER", "v1:Y2hhbmdlbWU=", "shorter than 32 bytes"),
        ("ONEPIN_PEPPER_FILE", "/nowhere/pepper", "can't be read"),
        ("ONEPIN_SIGN_UP", "yes", "not one of the words"),
        ("ONEPIN_CLERK_ISSUER", "http://clerk.example.com", "plain http"),
        ("ONEPIN_CLERK_ISSUER", "https://clerk.example.com/", "a slash at the end"),
        ("ONEPIN_CLERK_JWKS_URL", "http://clerk.example.com/jwks", "plain http"),
        ("ONEPIN_CLERK_JWT_KEY", "-----BEGIN CERTIFICATE-----", "no public key"),
        ("ONEPIN_CLERK_JWT_KEY", "-----BEGIN PRIVATE KEY-----", "this is a private key"),
        ("ONEPIN_CLERK_AUTHORIZED_PARTIES", "https://app.example.com/x", "ends after host"),
        ("ONEPIN_CLERK_ALLOW_MISSING_AZP", "maybe", "neither true nor false"),
        ("ONEPIN_CLERK_PUBLISHABLE_KEY", "sk_live_abcdefgh", "not a publishable key"),
        ("ONEPIN_CLERK_WEBHOOK_SECRET", "secret", "not a webhook"),
        ("ONEPIN_ALLOW_LOCAL_SIGN_IN", "2", "neither true nor false"),
        ("ONEPIN_KEY_PREFIX", "PK", "lower-case"),
        ("ONEPIN_KEY_PREFIX", "pk_live", "lower-case"),
        ("ONEPIN_KEY_PREFIXES_ACCEPTED", "op", "lacks ONEPIN_KEY_PREFIX"),
        ("ONEPIN_SCOPES", "admin", "not <resource>:<verb>"),
        ("ONEPIN_EXTRA_SCOPES", "a:b:c", "not <resource>:<verb>"),
        ("ONEPIN_DEFAULT_SCOPES", "billing:read", "which no key can have here"),
        ("ONEPIN_DEFAULT_RATE_LIMIT_PER_MIN", "0", "out of range"),
        ("ONEPIN_DEFAULT_RATE_LIMIT_PER_MIN", "1000001", "out of range"),
        ("ONEPIN_IDEMPOTENCY_SECRET_MINUTES", "1.5", "not a whole number"),
        ("ONEPIN_TRUSTED_PROXIES", "10.0.0.1/8", "did you mean 10.0.0.0/8?"),
        ("ONEPIN_TRUSTED_PROXIES", "0.0.0.0/0", "believe everybody's"),
        ("ONEPIN_TRUSTED_PROXIES", "proxy", "not an address"),
        ("ONEPIN_DRAIN_SECONDS", "-1", "not a number of seconds"),
        ("ONEPIN_DRAIN_SECONDS", "nan", "not a number of seconds"),
        ("ONEPIN_DRAIN_SECONDS", "301", "out of range"),
        ("ONEPIN_LOG_FORMAT", "xml", "not one of the words"),
        ("ONEPIN_ACCESS_LOG", "ALL", "not one of the words"),
    ],
)
def test_a_bad_value_is_named_with_its_reason_and_what_is_allowed(name: str, text: str, reason: str) -> None:
    line = problem(name, text)
    assert line.startswith(name)
    assert reason in line
    assert "llowed" in line or "needs" in line or "make one with" in line or "lacks" in line


def test_every_bad_value_is_reported_not_only_the_first() -> None:
    lines = problems({"ONEPIN_PORT": "x", "ONEPIN_LOG_FORMAT": "y", "ONEPIN_HOTS": "z"})
    assert [line.split()[0].rstrip(":") for line in lines] == ["ONEPIN_HOTS", "ONEPIN_PORT", "ONEPIN_LOG_FORMAT"]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("ONEPIN_HOST", "[::1]", "::1"),
        ("ONEPIN_HOST", "LocalHost", "localhost"),
        ("ONEPIN_PUBLIC_URL", "https://keys.example.com/", "https://keys.example.com"),
        ("ONEPIN_PUBLIC_URL", "https://example.com/keys/", "https://example.com/keys"),
        (
            "ONEPIN_CORS_ORIGINS",
            "https://a.example, https://b.example:8443",
            ("https://a.example", "https://b.example:8443"),
        ),
        ("ONEPIN_CORS_ORIGINS", "none", ()),
        ("ONEPIN_ALLOWED_HOSTS", "Keys.example.com,[::1]:80,::1", ("keys.example.com", "[::1]:80", "[::1]")),
        ("ONEPIN_CLERK_ALLOW_MISSING_AZP", "Yes", True),
        ("ONEPIN_ALLOW_LOCAL_SIGN_IN", "off", False),
        ("ONEPIN_DEFAULT_RATE_LIMIT_PER_MIN", "none", None),
        ("ONEPIN_DEFAULT_SCOPES", "none", ()),
        ("ONEPIN_DEFAULT_SCOPES", "voices:read workspace:read,voices:read", ("voices:read", "workspace:read")),
        ("ONEPIN_TRUSTED_PROXIES", "10.0.0.0/8,::1", (ip_network("10.0.0.0/8"), ip_network("::1"))),
        ("ONEPIN_DRAIN_SECONDS", "0.5", 0.5),
        ("ONEPIN_KEY_PREFIXES_ACCEPTED", "pk,old", ("pk", "old")),
        ("ONEPIN_PEPPER", f"v1:{PEPPER_1},v2:{PEPPER_2}", f"v1:{PEPPER_1},v2:{PEPPER_2}"),
        ("ONEPIN_DATABASE_URL", "sqlite:////srv/a.db", "sqlite:////srv/a.db"),
    ],
)
def test_a_good_value_is_parsed(name: str, text: str, value: object) -> None:
    config = Config.load({name: text}, {})
    assert getattr(config, name.removeprefix("ONEPIN_").lower()) == value


def test_a_relative_database_path_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Config.load({}, {"database_url": "sqlite:///keys.db"}).database_path == tmp_path / "keys.db"


def test_an_unknown_name_is_an_error_that_suggests_the_nearest() -> None:
    assert problem("ONEPIN_DATABSE_URL", "x") == (
        "ONEPIN_DATABSE_URL: there is no such setting; did you mean ONEPIN_DATABASE_URL?"
    )
    assert "'onepin config' lists" in problem("ONEPIN_ZZZZZZZZZZZ", "x")


def test_the_clients_variables_and_those_of_kubernetes_are_not_unknown() -> None:
    names = ["API_KEY", "TOKEN", "BASE_URL", "WORKSPACE_ID", "PROFILE", "NO_UPDATE_CHECK"]
    names += ["SERVICE_HOST", "SERVICE_PORT_HTTP", "PORT_8000_TCP", "PORT_8000_TCP_ADDR"]
    assert Config.load({f"ONEPIN_{name}": "x" for name in names} | {"HOME": "/", "ONEPINX": "1"}, {}).port == 8000


def test_a_port_that_kubernetes_set_is_explained_and_a_flag_gets_past_it() -> None:
    env = {"ONEPIN_PORT": "tcp://10.3.0.1:8000"}
    (line,) = problems(env)
    assert "enableServiceLinks: false" in line
    assert "--port" in line
    assert Config.load(env, {"port": "8001"}).port == 8001


def test_a_clerk_issuer_needs_its_parties_and_a_decision_about_sign_up() -> None:
    """Otherwise sessions made for any page of the same Clerk instance would be accepted."""
    lines = problems({"ONEPIN_CLERK_ISSUER": "https://clerk.example.com"})
    assert [line.split()[0] for line in lines] == ["ONEPIN_CLERK_AUTHORIZED_PARTIES", "ONEPIN_SIGN_UP"]
    config = Config.load(CLERK, {}, starting=True)
    assert not config.embedded
    assert not config.local_issuer
    assert config.clerk_jwks_url == "https://clerk.example.com/.well-known/jwks.json"
    assert config.cors_origins == ("https://app.example.com",)
    assert config.sign_up == "invited"


@pytest.mark.parametrize("missing", ["ONEPIN_CLERK_ISSUER", "ONEPIN_CLERK_AUTHORIZED_PARTIES", "ONEPIN_SIGN_UP"])
def test_a_clerk_deployment_that_loses_one_setting_does_not_start(missing: str) -> None:
    """Otherwise a forgotten line in a deployment would turn sign-in into another one, or off."""
    env = {name: text for name, text in CLERK.items() if name != missing}
    assert missing in "\n".join(problems(env, starting=True))


def test_a_pem_key_means_no_key_fetching_and_both_are_too_much() -> None:
    pem = "-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----"
    assert Config.load({**CLERK, "ONEPIN_CLERK_JWT_KEY": pem}, {}).clerk_jwks_url is None
    both = {**CLERK, "ONEPIN_CLERK_JWT_KEY": pem, "ONEPIN_CLERK_JWKS_URL": "https://clerk.example.com/j"}
    assert "exclude each other" in problems(both)[0]


def test_plain_http_is_accepted_from_an_issuer_on_loopback() -> None:
    config = Config.load({**CLERK, "ONEPIN_CLERK_ISSUER": "http://127.0.0.1:9/x"}, {})
    assert config.clerk_jwks_url == "http://127.0.0.1:9/x/.well-known/jwks.json"


def test_local_sign_in_beside_clerk_is_asked_for() -> None:
    assert Config.load({**CLERK, "ONEPIN_ALLOW_LOCAL_SIGN_IN": "true"}, {}).local_issuer


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "keys.example.com"])
def test_local_sign_in_refuses_an_address_that_other_machines_reach(host: str) -> None:
    """Otherwise a laptop on a café's network would serve its owner's sign-in to the room."""
    lines = problems({"ONEPIN_HOST": host, "ONEPIN_ALLOWED_HOSTS": "keys.example.com"})
    assert "ONEPIN_ALLOW_LOCAL_SIGN_IN=true" in lines[0]
    allowed = {"ONEPIN_HOST": host, "ONEPIN_ALLOWED_HOSTS": "keys.example.com", "ONEPIN_ALLOW_LOCAL_SIGN_IN": "1"}
    assert Config.load(allowed, {}).drain_seconds == 5.0


def test_an_open_address_needs_to_know_its_names() -> None:
    """Otherwise whoever sends a request could choose where the links in its answer lead."""
    open_address = {**CLERK, "ONEPIN_HOST": "0.0.0.0"}
    assert "ONEPIN_ALLOWED_HOSTS or ONEPIN_PUBLIC_URL is needed" in problems(open_address)[0]
    config = Config.load({**open_address, "ONEPIN_PUBLIC_URL": "https://keys.example.com:8443/"}, {})
    assert config.allowed_hosts == ("keys.example.com",)
    assert config.base_url == "https://keys.example.com:8443"
    assert Config.load({**open_address, "ONEPIN_ALLOWED_HOSTS": "h"}, {}).base_url == "http://127.0.0.1:8000"


@pytest.mark.parametrize("header", ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]", "[::1]:8000"])
def test_loopback_names_are_allowed_hosts_with_any_port(header: str) -> None:
    assert Config.load({}, {}).allows_host(header)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "evil.example",
        "localhost.evil.example",
        "localhost:",
        "localhost:8000:1",
        "localhost:x",
        "::1",
        "a@localhost",
    ],
)
def test_another_host_is_not_allowed(header: str) -> None:
    """Otherwise a page of a stranger could reach the server by a DNS name of its own (rebinding)."""
    assert not Config.load({}, {}).allows_host(header)


def test_an_allowed_host_with_a_port_is_exact() -> None:
    config = Config.load({"ONEPIN_ALLOWED_HOSTS": "keys.example.com:8443"}, {})
    assert config.allows_host("keys.example.com:8443")
    assert not config.allows_host("keys.example.com")
    assert not config.allows_host("keys.example.com:80")


def test_scopes_replace_the_list_and_extra_scopes_extend_it() -> None:
    assert Config.load({"ONEPIN_EXTRA_SCOPES": "billing:read"}, {}).scope_list == (*SCOPES, "billing:read")
    replaced = {"ONEPIN_SCOPES": "billing:read,billing:write", "ONEPIN_EXTRA_SCOPES": "x:y"}
    (line,) = problems(replaced)
    assert line.startswith("ONEPIN_DEFAULT_SCOPES has workflows:read, workflows:run, voices:read, which no key")
    config = Config.load({**replaced, "ONEPIN_DEFAULT_SCOPES": "billing:read"}, {})
    assert config.scope_list == ("billing:read", "billing:write", "x:y")


def test_a_new_brand_is_accepted_beside_the_usual_ones() -> None:
    assert Config.load({"ONEPIN_KEY_PREFIX": "acme"}, {}).key_prefixes_accepted == ("acme", "pk", "op")
    assert Config.load({"ONEPIN_KEY_PREFIX": "op"}, {}).key_prefixes_accepted == ("op", "pk")


@pytest.mark.parametrize(
    "env",
    [
        {name: text for name, text in CLERK.items() if name != "ONEPIN_PEPPER"},
        {"ONEPIN_DATABASE_URL": "postgresql://u:p@h/db"},
    ],
    ids=["clerk", "postgresql"],
)
def test_beyond_one_machine_nothing_starts_without_a_pepper(env: dict[str, str]) -> None:
    """Otherwise each server would make its own, and half of all keys would be refused by the other half of servers."""
    (line,) = problems(env, starting=True)
    assert "ONEPIN_PEPPER or ONEPIN_PEPPER_FILE is needed" in line
    assert not Config.load(env, {}).makes_pepper
    assert Config.load({**env, "ONEPIN_PEPPER": PEPPER}, {}, starting=True).pepper == PEPPER


def test_a_pepper_file_is_read_and_held_to_the_same_rules(tmp_path: Path) -> None:
    path = tmp_path / "pepper"
    path.write_text(PEPPER + "\n")
    env = {"ONEPIN_PEPPER_FILE": str(path)}
    assert Config.load(env, {}, starting=True).pepper_path == path
    path.write_text(f"# made in May\nv1:{PEPPER_1}\nv2:{PEPPER_2}\n")
    assert Config.load(env, {}).pepper_file == path
    path.write_text("changeme" * 8)
    assert "guessable" in problems(env)[0]
    assert "exclude each other" in problems({**env, "ONEPIN_PEPPER": PEPPER})[0]


SECRETS = {
    "ONEPIN_PEPPER": PEPPER,
    "ONEPIN_CLERK_WEBHOOK_SECRET": "whsec_4fJq0Zt5mW2xYc7Rk4Vn1Hs9",
    "ONEPIN_DATABASE_URL": "postgresql://onepin:hunter2hunter2@db.example/onepin?sslpassword=hunter3hunter3",
}


def test_a_config_prints_without_its_secrets() -> None:
    """Otherwise a log line or a bug report with the config in it would give the pepper away."""
    config = Config.load({**CLERK, **SECRETS}, {})
    for text in (repr(config), str(config), f"{config}", str(config.shown())):
        for secret in (PEPPER, "4fJq0Zt5mW2x", "hunter2", "hunter3"):
            assert secret not in text
        assert "postgresql://onepin:***@db.example/onepin?sslpassword=***" in text
        assert "(set, not shown)" in text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ONEPIN_PEPPER", "hunter2hunter2"),
        ("ONEPIN_CLERK_WEBHOOK_SECRET", "hunter2hunter2"),
        ("ONEPIN_CLERK_JWT_KEY", "-----BEGIN PRIVATE KEY-----\nhunter2hunter2"),
        ("ONEPIN_DATABASE_URL", "postgres://onepin:hunter2hunter2@h/db"),
        ("ONEPIN_DATABASE_URL", "postgresql://onepin:hunter2/hunter2@h/db"),
    ],
)
def test_a_bad_secret_is_refused_without_repeating_it(name: str, text: str) -> None:
    """Otherwise a mistyped password would stand in the log of the start that failed."""
    assert "hunter2" not in problem(name, text)


@given(text=st.text(max_size=60))
@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.env)
def test_no_text_makes_a_parser_fail_in_any_other_way_than_with_a_reason(setting: Any, text: str) -> None:
    try:
        setting.parse(text)
    except ValueError as error:
        reason = str(error)
    else:
        reason = "none"
    assert reason


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost", "a.localhost"])
def test_loopback_is_recognised(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "localhost.example", "10.0.0.1", "127.0.0.1.example", ""])
def test_what_is_not_loopback_is_not_taken_for_it(host: str) -> None:
    assert not is_loopback(host)


def test_a_home_folder_of_nobody_is_a_bad_path() -> None:
    assert "name of a user" in problem("ONEPIN_DATA_DIR", "~nobody-of-that-name/x")
