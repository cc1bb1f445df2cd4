"""The real nginx and Caddy, with the configuration that stands on their page and only the addresses changed."""

import contextlib
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from programs import ROOT, need_program

START_SECONDS = 15.0
ONEPIN, APPLICATION = "127.0.0.1:8000", "127.0.0.1:9000"
WORKSPACE = "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10"


@dataclass
class Front:
    """A proxy that runs."""

    base_url: str
    printed: Path


def fenced(page: str, language: str) -> str:
    """The one block in ``language`` of a page in docs/how-to."""
    text = (ROOT / "docs" / "how-to" / page).read_text("utf-8")
    (block,) = re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return str(block)


def free_port() -> int:
    """A port of loopback that nobody uses just now."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def readdressed(block: str, *replaced: tuple[str, str]) -> str:
    """``block`` with each text replaced by its other, which has to stand there."""
    for old, new in replaced:
        assert old in block, old
        block = block.replace(old, new)
    return block


@contextlib.contextmanager
def nginx(folder: Path, onepin: str, application: str, workspace: str) -> Iterator[Front]:
    """nginx with the block of docs/how-to/nginx.md as its conf.d file."""
    program, port = need_program("nginx"), free_port()
    block = readdressed(
        fenced("nginx.md", "nginx"),
        (ONEPIN, onepin),
        (APPLICATION, application),
        (WORKSPACE, workspace),
        ("listen 80;", f"listen 127.0.0.1:{port};"),
    )
    (folder / "api.conf").write_text(block, "utf-8")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"daemon off; worker_processes 1; pid {folder}/pid; error_log stderr warn; user {_user()};\n"
        f"events {{}}\nhttp {{ access_log off; {temporary}\ninclude {folder}/api.conf; }}\n",
        "utf-8",
    )
    with _running([str(program), "-p", str(folder), "-c", str(folder / "nginx.conf")], folder, port) as front:
        yield front


@contextlib.contextmanager
def caddy(folder: Path, onepin: str, application: str, workspace: str) -> Iterator[Front]:
    """Caddy with the block of docs/how-to/caddy.md as its Caddyfile."""
    program, port = need_program("caddy"), free_port()
    block = readdressed(
        fenced("caddy.md", "caddyfile"),
        (ONEPIN, onepin),
        (APPLICATION, application),
        (WORKSPACE, workspace),
        ("api.example.com {", f"http://127.0.0.1:{port} {{"),
    )
    (folder / "Caddyfile").write_text(block, "utf-8")
    command = [str(program), "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    with _running(command, folder, port) as front:
        yield front


FRONTS = {"nginx": nginx, "caddy": caddy}


@contextlib.contextmanager
def _running(command: list[str], folder: Path, port: int) -> Iterator[Front]:
    printed = folder / "output.txt"
    home = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    env = os.environ | home | {"CADDY_ADMIN": f"unix/{folder}/admin.sock"}
    with printed.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=env, cwd=folder)
    try:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert process.poll() is None, printed.read_text("utf-8")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.02)
        yield Front(f"http://127.0.0.1:{port}", printed)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _user() -> str:
    """nginx gives up root for somebody; whoever runs the tests may read the folder."""
    import pwd

    return pwd.getpwuid(os.geteuid()).pw_name
