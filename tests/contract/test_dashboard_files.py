"""The dashboard's page and files: what may load and run, how they are cached, and that nothing else can be reached."""

import base64
import gzip
import hashlib
import html
import json
import re
from pathlib import Path

import httpx
import pytest

from answers import refused
from issuer import PretendIssuer
from onepin.server.config import Config, ConfigError
from onepin.server.edge.dashboard import FOLDER, bundle
from service import PEPPER, Service, running
from standing import standing_loop

WIRE_MAX = 150 * 1024


async def page(service: Service, **headers: str) -> httpx.Response:
    return await service.call("GET", "/", headers)


def policy_of(answer: httpx.Response) -> dict[str, set[str]]:
    parts = answer.headers["content-security-policy"].split("; ")
    return {part.split(" ")[0]: set(part.split(" ")[1:]) for part in parts}


@standing_loop
async def test_the_page_runs_files_of_this_server_and_nothing_else(service: Service) -> None:
    """If this failed, text that somebody else wrote could run where keys are made."""
    answer = await page(service)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = policy_of(answer)
    for directive in ("script-src", "style-src", "img-src", "connect-src"):
        assert policy[directive] == {"'self'"}, directive
    for directive in ("default-src", "frame-ancestors", "base-uri", "form-action"):
        assert policy[directive] == {"'none'"}, directive
    assert policy["require-trusted-types-for"] == {"'script'"}
    scripts = re.findall(r"<script\b[^>]*>(.*?)</script>", answer.text, re.DOTALL)
    assert scripts
    assert set(scripts) == {""}
    assert not re.search(r"<style|\son\w+=|\sstyle=|javascript:", answer.text)


@standing_loop
async def test_every_address_on_the_page_leads_to_a_file(service: Service) -> None:
    answer = await page(service)
    addresses = set(re.findall(r'<(?:link|script)\b[^>]* (?:src|href)="([^"]+)"', answer.text))
    for address in addresses:
        assert address.startswith(f"/assets/{bundle().digest}/"), address
        assert (await service.call("GET", address)).status_code == 200
    modules = {f"/assets/{bundle().digest}/{name}" for name in bundle().plain if name.endswith(".js")}
    assert modules <= addresses, "a module that is not preloaded waits for the one that imports it"


def test_every_import_is_of_a_file_there_is() -> None:
    imports = re.compile(
        r"""^(?:import|export|\}) ?[^"\n]*from ?"([^"]+)";|^import\{[^}]*\}from"([^"]+)";""", re.MULTILINE
    )
    modules = {name: content.decode() for name, content in bundle().plain.items() if name.endswith(".js")}
    found = [(name, one or other) for name, text in modules.items() for one, other in imports.findall(text)]
    assert len(found) > 50
    for name, imported in found:
        assert imported.startswith("."), f"{name} imports {imported}"
        target = (FOLDER / name).parent.joinpath(imported).resolve()
        assert target.relative_to(FOLDER).as_posix() in modules, f"{name} imports {imported}"


def test_no_file_names_another_host() -> None:
    """If this failed, the dashboard would not work without a network, and others would see who uses it."""
    allowed = re.compile(r"http://(127\.0\.0\.1:9000|www\.w3\.org/(1998/Math/MathML|2000/svg|1999/xhtml))")
    for name, content in bundle().plain.items():
        if not name.endswith(".txt"):
            assert re.findall(r"https?://[a-z0-9][^\s\"'`)]*", allowed.sub("", content.decode())) == [], name


@standing_loop
async def test_the_whole_dashboard_is_small_on_the_wire(service: Service) -> None:
    answers = [await page(service, **{"Accept-Encoding": "gzip"})]
    addresses = re.findall(r'<(?:link|script)\b[^>]* (?:src|href)="([^"]+)"', answers[0].text)
    answers += [await service.call("GET", address, {"Accept-Encoding": "gzip"}) for address in addresses]
    assert {answer.headers["content-encoding"] for answer in answers} == {"gzip"}
    sizes = {answer.url.path: int(answer.headers["content-length"]) for answer in answers}
    assert 20_000 < sum(sizes.values()) <= WIRE_MAX, sizes


@standing_loop
async def test_files_are_kept_for_ever_and_the_page_is_asked_about_each_time(service: Service) -> None:
    """If this failed, a browser could run yesterday's files against today's server."""
    answer = await page(service)
    assert answer.headers["cache-control"] == "no-cache"
    again = await page(service, **{"If-None-Match": f'W/{answer.headers["etag"]}, "other"'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", answer.headers["etag"])
    file = await service.call("GET", f"/assets/{bundle().digest}/app.js")
    assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert file.headers["vary"] == "Accept-Encoding"
    assert file.headers["content-type"] == "text/javascript; charset=utf-8"
    assert file.content == (FOLDER / "app.js").read_bytes()
    refused(await service.call("GET", f"/assets/{'0' * 16}/app.js"), "NOT_FOUND")


@standing_loop
@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "../server/app.py", "%2e%2e/server/app.py", "..%2fserver%2fapp.py", "....//app.js", "/app.js"),
        *("app.js/", "APP.JS", "app.js%00", "app.js%0a", "index.html", "types.d.ts", "vendor/manifest.json", "vendor"),
        *("parts/../app.js", "C:/app.js", "\\\\x\\app.js", "~/app.js", "app.js;x", "a" * 3000),
    ],
)
async def test_nothing_but_the_files_can_be_reached(service: Service, name: str) -> None:
    """If this failed, a path could name a file of the machine (Starlette's GHSA-v5gw-mw7f-84px and its like)."""
    answer = await service.http.send(
        service.http.build_request("GET", httpx.URL(f"http://127.0.0.1:8000/assets/{bundle().digest}/{name}"))
    )
    assert answer.status_code == 404 or (name == "parts/../app.js" and answer.status_code == 200)


@standing_loop
async def test_a_range_is_no_work(service: Service) -> None:
    """If this failed, a header of a thousand ranges could keep the server busy (Starlette's CVE-2025-62727)."""
    ranges = "bytes=" + ",".join(f"{start}-" for start in range(1000))
    answer = await service.call("GET", f"/assets/{bundle().digest}/app.js", {"Range": ranges})
    assert answer.status_code == 200


def test_vendored_files_are_those_that_were_published() -> None:
    """If this failed, somebody could have slipped code into a file that nobody reads."""
    manifest = json.loads((FOLDER / "vendor/manifest.json").read_text("utf-8"))
    assert {path.name for path in (FOLDER / "vendor").glob("*.js")} == set(manifest)
    for name, entry in manifest.items():
        assert hashlib.sha256((FOLDER / "vendor" / name).read_bytes()).hexdigest() == entry["sha256"], name
        assert len((FOLDER / "vendor" / entry["licence"]).read_text("utf-8")) > 500
        assert re.fullmatch(r"\d+\.\d+\.\d+", entry["version"])


def test_compressed_and_plain_are_the_same() -> None:
    files = bundle()
    assert all(gzip.decompress(files.packed[name]) == content for name, content in files.plain.items())


async def test_a_value_of_a_setting_can_not_break_out_of_the_page(tmp_path: Path, database_url: str) -> None:
    """If this failed, a public URL with a quote in it would be markup."""
    async with running(tmp_path, database_url, public_url="http://127.0.0.1:8000/a'b&c<d") as service:
        text = (await page(service)).text
        [content] = re.findall(r'name="onepin" content="([^"]*)"', text)
        assert json.loads(html.unescape(content))["base"] == "/a'b&c<d"


def publishable(host: str) -> str:
    return "pk_test_" + base64.b64encode(f"{host}$".encode()).decode().rstrip("=")


async def test_with_clerk_the_page_may_load_from_its_host_too(tmp_path: Path, database_url: str) -> None:
    async with running(
        tmp_path,
        database_url,
        clerk_issuer=PretendIssuer().url,
        clerk_authorized_parties="https://app.example.com",
        clerk_jwks_url="http://127.0.0.1:9/jwks.json",
        clerk_publishable_key=publishable("clerk.example.com"),
        sign_up="open",
    ) as service:
        policy = policy_of(await page(service))
        assert policy["script-src"] == {"'self'", "https://clerk.example.com", "https://challenges.cloudflare.com"}
        assert policy["connect-src"] == {"'self'", "https://clerk.example.com"}
        assert policy["default-src"] == {"'none'"}
        assert policy_of(await service.call("GET", "/health"))["default-src"] == {"'none'"}


@pytest.mark.parametrize("host", ["", "evil.example/x", "a b", "x'; script-src *", "clerk.example.com$$"])
def test_a_publishable_key_that_names_no_host_stops_the_start(host: str) -> None:
    """If this failed, a key could add sources to the policy of the page."""
    coded = base64.b64encode(f"{host}$".encode()).decode()
    with pytest.raises(ConfigError, match="names no host"):
        Config.load({}, {"clerk_publishable_key": f"pk_test_{coded}", "pepper": PEPPER})
