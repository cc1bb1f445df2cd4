"""``onepin doctor``: finds what is wrong, says what to do, and exits by it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from cli.people import Person


def findings(ann: Person, *words: str, **settings: str) -> dict[str, dict[str, str]]:
    done = ann("doctor", "--json", *words, **settings)
    rows: list[dict[str, str]] = json.loads(done.stdout)
    assert done.returncode == int(any(row["verdict"] == "failed" for row in rows)), done.stderr
    return {row["about"]: row for row in rows}


def test_a_customer_with_only_a_key_hears_that_all_is_well(ann: Person) -> None:
    secret = ann.key("ci")
    ann.sign_out()
    done = ann("doctor", "--no-server", ONEPIN_API_KEY=secret, ONEPIN_BASE_URL=ann.server.base_url)
    assert done.returncode == 0, done.stdout
    assert "All is well." in done.stderr
    assert "API key of ONEPIN_API_KEY is good" in done.stdout
    assert secret[16:] not in done.stdout + done.stderr


def test_an_operator_hears_about_settings_database_peppers_and_sign_in(ann: Person) -> None:
    found = findings(ann, "--server", "--data-dir", str(ann.server.data_dir))
    assert {"settings", "data folder", "database", "pepper", "server", "ready", "clock", "headers"} <= set(found)
    assert {row["verdict"] for row in found.values()} == {"ok"}


def test_the_policy_of_the_dashboard_is_printed_with_what_clerk_adds(ann: Person) -> None:
    plain = findings(ann, "--server", "--data-dir", str(ann.server.data_dir))["dashboard"]
    assert "script-src 'self';" in plain["found"]
    clerk = {
        "ONEPIN_CLERK_ISSUER": "https://127.0.0.1:9",
        "ONEPIN_CLERK_AUTHORIZED_PARTIES": "https://app.example.com",
        "ONEPIN_SIGN_UP": "open",
        "ONEPIN_PEPPER": "b8Jq0Zt5mW2xYc7Rk4Vn1Hs9Ld6Fg3Tp",
    }
    without = findings(ann, "--server", **clerk)["dashboard"]
    assert (without["verdict"], without["advice"]) == ("warning", "Set ONEPIN_CLERK_PUBLISHABLE_KEY.")
    key = "pk_test_Y2xlcmsuZXhhbXBsZS5jb20k"  # names the host clerk.example.com
    added = findings(ann, "--server", ONEPIN_CLERK_PUBLISHABLE_KEY=key, **clerk)["dashboard"]
    assert "script-src 'self' https://clerk.example.com" in added["found"]


def test_settings_that_can_not_be_used_are_named(ann: Person) -> None:
    found = findings(ann, "--server", ONEPIN_PORT="eighty", ONEPIN_HOTS="x")
    assert found["settings"]["verdict"] == "failed"
    assert "docs/reference/settings.md" in found["settings"]["advice"]


def test_a_database_that_is_away_is_named_and_its_password_is_not(ann: Person) -> None:
    found = findings(
        ann,
        "--server",
        ONEPIN_DATABASE_URL="postgresql://u:hunter2hunter2@127.0.0.1:9/db",
        ONEPIN_PEPPER="b8Jq0Zt5mW2xYc7Rk4Vn1Hs9Ld6Fg3Tp",
    )
    assert found["database"]["verdict"] == "failed"
    assert "hunter2" not in json.dumps(found)


def test_a_pepper_that_is_lost_is_named(ann: Person) -> None:
    ann.key("ci")
    other = "v9:" + "cGVwcGVyIGZvciB0ZXN0cywgMzIgYnl0ZXMgbG9uZyE="
    found = findings(ann, "--server", "--data-dir", str(ann.server.data_dir), ONEPIN_PEPPER=other)
    assert found["pepper"]["verdict"] == "failed"


def test_an_open_data_folder_is_named_with_the_command_that_closes_it(ann: Person, tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(0o755)
    (tmp_path / "open").chmod(0o755)
    found = findings(ann, "--server", "--data-dir", str(tmp_path / "open"))
    assert found["data folder"]["advice"].startswith("chmod 700")


def test_a_proxy_whose_clients_count_as_one_is_a_warning(ann: Person) -> None:
    found = findings(ann, "--server", ONEPIN_PUBLIC_URL="https://keys.example.com")
    assert found["proxy"]["verdict"] == "warning"
    assert "ONEPIN_TRUSTED_PROXIES" in found["proxy"]["found"]


def test_clerk_that_can_not_be_reached_is_named(ann: Person) -> None:
    found = findings(
        ann,
        "--server",
        ONEPIN_CLERK_ISSUER="https://clerk.invalid",
        ONEPIN_CLERK_AUTHORIZED_PARTIES="https://app.example.com",
        ONEPIN_SIGN_UP="open",
        ONEPIN_PEPPER="b8Jq0Zt5mW2xYc7Rk4Vn1Hs9Ld6Fg3Tp",
    )
    assert found["issuer"]["verdict"] == "failed"
    assert "https://clerk.invalid/.well-known/jwks.json" in found["issuer"]["found"]


@pytest.mark.parametrize(
    ("url", "about"),
    [("http://127.0.0.1:9", "port"), ("http://nowhere.invalid", "address"), ("ftp://x", "server")],
)
def test_what_can_not_be_reached_says_at_which_step(ann: Person, url: str, about: str) -> None:
    found = findings(ann, "--no-server", "--base-url", url)
    assert found[about]["verdict"] == "failed"
    assert found[about]["advice"] or about == "server"


def test_https_to_a_plain_port_is_told(ann: Person) -> None:
    found = findings(ann, "--no-server", "--base-url", ann.server.base_url.replace("http:", "https:"))
    assert found["TLS"]["verdict"] == "failed"
    assert "http instead of https" in found["TLS"]["advice"]


class Meddling(BaseHTTPRequestHandler):
    """A proxy before the server; ``change`` meddles with what passes."""

    origin = ""
    drop: tuple[str, ...] = ()
    skew = timedelta()
    redirect = ""
    foreign = False

    def do_GET(self) -> None:
        if self.redirect:
            self.send_response(301)
            self.send_header("Location", self.redirect)
            self.end_headers()
            return
        if self.foreign:
            self._answer(200, {}, b"<html>hello</html>")
            return
        headers = {name: value for name, value in self.headers.items() if name.lower() not in self.drop}
        try:
            with urlopen(Request(self.origin + self.path, headers=headers | {"Host": self.headers["Host"]})) as answer:
                self._answer(answer.status, dict(answer.headers), answer.read())
        except HTTPError as error:
            self._answer(error.code, dict(error.headers), error.read())

    def _answer(self, status: int, headers: dict[str, Any], body: bytes) -> None:
        body = self._skewed(body)
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in (*self.drop, "content-length", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _skewed(self, body: bytes) -> bytes:
        if not self.skew:
            return body
        data = json.loads(body)
        if "meta" in data:
            data["meta"]["timestamp"] = (datetime.now(UTC) + self.skew).isoformat()
        return json.dumps(data).encode()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def proxy(ann: Person, **how: object) -> Iterator[str]:
    handler = type("Handler", (Meddling,), {"origin": ann.server.base_url} | how)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("how", "about", "verdict", "said"),
    [
        ({"drop": ("authorization",)}, "headers", "failed", "Authorization header does not arrive"),
        ({"drop": ("x-request-id",)}, "headers", "warning", "X-Request-Id"),
        ({"skew": timedelta(seconds=130)}, "clock", "failed", "2 minutes apart"),
        ({"skew": timedelta(seconds=-15)}, "clock", "warning", "apart"),
        ({"redirect": "https://keys.example.com/"}, "server", "failed", "redirects to https://keys.example.com/"),
        ({"foreign": True}, "server", "failed", "something else answers"),
        ({}, "headers", "ok", "pass"),
    ],
)
def test_what_a_proxy_does_is_told(ann: Person, how: dict[str, object], about: str, verdict: str, said: str) -> None:
    with proxy(ann, **how) as url:
        found = findings(ann, "--no-server", "--base-url", url)
    assert found[about]["verdict"] == verdict, found
    assert said in found[about]["found"]


def test_the_public_package_in_the_same_environment_is_told(ann: Person, tmp_path: Path) -> None:
    """If this failed, somebody would run the hosted service's client and take it for this one."""
    folder = tmp_path / "site" / "onepin-0.7.1.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: onepin\nVersion: 0.7.1\n")
    done = ann.process("doctor", "--no-server", PYTHONPATH=str(tmp_path / "site"))
    assert done.returncode == 1
    assert "onepin 0.7.1, is in the same environment" in done.stdout
    assert "pip uninstall onepin" in done.stdout


def test_quiet_says_only_what_is_not_well(ann: Person) -> None:
    assert ann("doctor", "-q", "--no-server").stdout == ""
    assert ann("doctor", "-q", "--no-server", "--base-url", "http://127.0.0.1:9").stdout.startswith("✗ port")


def test_an_open_credentials_file_is_told(ann: Person) -> None:
    (ann.home / ".onepin").mkdir(0o700)
    (ann.home / ".onepin" / "credentials").write_text("[default]\n")
    (ann.home / ".onepin" / "credentials").chmod(0o644)
    found = findings(ann, "--no-server")
    assert found["credentials"]["verdict"] == "failed"
    assert "chmod 600" in found["credentials"]["found"]
