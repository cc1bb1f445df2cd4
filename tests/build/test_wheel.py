"""What a user installs."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import onepin
from programs import ROOT

SOURCE = ROOT / "src" / "onepin"
KINDS = {".py", ".typed", ".json", ".mako", ".html", ".js", ".css", ".svg", ".txt"}

# Makes every package unfindable that does not come with the distribution's own requirements, then imports what is left.
WITHOUT_EXTRAS = """
import importlib, pkgutil, re, sys
from importlib.abc import MetaPathFinder
from importlib.metadata import distribution, packages_distributions

def closure(name, seen):
    if name not in seen:
        seen.add(name)
        for text in distribution(name).requires or []:
            if "extra ==" not in text:
                wanted = re.match(r"[\\w.-]+", text)[0].lower().replace("_", "-")
                try:
                    closure(wanted, seen)
                except ImportError:
                    pass  # for another system or Python
    return seen

have = closure("onepin-platform", set())

class Hidden(MetaPathFinder):
    tops = packages_distributions().items()
    names = {top for top, owners in tops if not have & {owner.lower().replace("_", "-") for owner in owners}}
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"{name} does not come without extras", name=name)

assert {"fastapi", "sqlalchemy", "granian"} <= Hidden.names, Hidden.names
sys.meta_path.insert(0, Hidden())
import onepin
for module in pkgutil.walk_packages(onepin.__path__, "onepin."):
    if not module.name.startswith(("onepin.server", "onepin.cli.operate", "onepin.guard.fastapi")):
        importlib.import_module(module.name)
        print(module.name)
"""


def build(folder: Path, **made: str) -> Path:
    """A wheel, built from a copy of the sources by the locked backend, without a network. ``made``: the built site."""
    copy = folder / "copy"
    for name in ("src", "README.md", "LICENSE", "pyproject.toml", ".gitignore"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name)
        else:
            shutil.copy(source, copy / name)
    shutil.rmtree(copy / "src/onepin/documentation", ignore_errors=True)
    for name, content in made.items():
        (copy / "src/onepin/documentation").mkdir(exist_ok=True)
        (copy / f"src/onepin/documentation/{name}.html").write_text(content, "utf-8")
    for stray in ("__pycache__/x.pyc", ".env", "server/onepin.db"):
        path = copy / "src" / "onepin" / stray
        path.parent.mkdir(exist_ok=True)
        path.write_text("stray", "utf-8")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=copy, check=True, capture_output=True, env={"PATH": os.defpath})
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("wheel"))


def test_the_wheel_is_named_after_the_distribution_and_the_version(wheel: Path) -> None:
    assert wheel.name == f"onepin_platform-{onepin.__version__}-py3-none-any.whl"


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    names = {Path(name) for name in zipfile.ZipFile(wheel).namelist()}
    package = {name.relative_to("onepin") for name in names if name.parts[0] == "onepin"}
    wanted = {path.relative_to(SOURCE) for path in SOURCE.rglob("*") if path.suffix in KINDS or path.name == "py.typed"}
    assert package == {path for path in wanted if not {"__pycache__", "documentation"} & set(path.parts)}
    about = {str(Path(*name.parts[1:])) for name in names if name.parts[0] != "onepin"}
    assert about == {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}


def test_a_wheel_built_after_scripts_docs_has_the_documentation(tmp_path: Path) -> None:
    with zipfile.ZipFile(build(tmp_path, docs="<h1>Documentation</h1>")) as file:
        assert file.read("onepin/documentation/docs.html") == b"<h1>Documentation</h1>"


def test_the_wheel_is_typed_and_licensed(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        assert "onepin/py.typed" in file.namelist()
        about = next(name for name in file.namelist() if name.endswith("METADATA"))
        metadata = file.read(about).decode()
    assert "License-Expression: Apache-2.0" in metadata
    assert "Requires-Python: >=3.11" in metadata
    for extra in ("server", "postgres", "valkey"):
        assert f"Provides-Extra: {extra}" in metadata


def test_a_wheel_built_again_is_the_same_to_the_byte(wheel: Path, tmp_path: Path) -> None:
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (wheel, build(tmp_path))}
    assert len(digests) == 1


def test_without_extras_everything_but_the_service_can_be_imported() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_EXTRAS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "onepin.contract.codes" in done.stdout.split()
