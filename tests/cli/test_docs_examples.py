"""The commands of docs/cli/overview.md, run one block after the other as somebody would who follows the page."""

import re
import subprocess
from pathlib import Path

import pytest

from command_line import ONEPIN, environment
from server_process import ServerProcess, serving

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "cli" / "overview.md"
SERVE = "onepin serve\n"


def blocks(text: str) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """``onepin``, and a ``gh`` that keeps the secret it is given."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "onepin").write_text(f"#!/bin/sh\nexec '{ONEPIN[0]}' -c '{ONEPIN[2]}' \"$@\"\n")
    (folder / "gh").write_text(f"#!/bin/sh\ntest \"$1 $2\" = 'secret set' && cat > '{tmp_path}/secret-of-$3'\n")
    for program in folder.iterdir():
        program.chmod(0o755)
    return folder


def test_every_command_of_the_page_works(
    tmp_path: Path, programs: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with serving(tmp_path_factory.mktemp("documented")) as server:
        scripts = [block for block in blocks(PAGE.read_text("utf-8")) if block != SERVE]
        assert len(scripts) > 6
        run_all(scripts, tmp_path, programs, server)
    secret = next(tmp_path.glob("secret-of-*")).read_text()
    assert re.fullmatch(r"pk_live_\w{38}\n", secret)


def run_all(scripts: list[str], home: Path, programs: Path, server: ServerProcess) -> None:
    env = environment(home, ONEPIN_DATA_DIR=str(server.data_dir)) | {"PATH": f"{programs}:/usr/bin:/bin"}
    for script in scripts:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script], env=env, cwd=home, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"


def test_every_exit_code_and_variable_the_page_names_is_real() -> None:
    text = PAGE.read_text("utf-8")
    for name in set(re.findall(r"ONEPIN_[A-Z_]+", text)) - {"ONEPIN_API_KEY", "ONEPIN_TOKEN"}:
        found = subprocess.run(["grep", "-rq", name, str(ROOT / "src" / "onepin")], check=False)
        assert found.returncode == 0, name
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)] == [0, 1, 2, 130]
