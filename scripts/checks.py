"""The steps of ``scripts/check``: each is a command or a function that lists what is wrong; one line a step is printed.

Called as ``checks.py [step …]``; without names, all steps run. The exit status is 1 when any failed.
"""

import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
LOCKS = ("server", "dev")
LOCK_LINE = re.compile(
    r"[a-z0-9._-]+==[\w.!+-]+( ; [\w.' =!<>()]+)? \\"  # name==version ; marker
    r"|    --hash=sha256:[0-9a-f]{64}( \\)?"
    r"|    # +(-c requirements/server\.txt|(via )?[\w.\[\]() :-]*)"
)
HEADING = re.compile(r"## \[(Unreleased)\]|## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d(?: \[YANKED\])?")
SPELT = (
    "docs",
    "README.md",
    "ARCHITECTURE.md",
    "SECURITY.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "scripts/docsite/templates",
)
KINDS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")


def run(*command: str) -> Callable[[], list[str]]:
    """A step that runs a program of the environment and passes on what it printed if it failed."""

    def step() -> list[str]:
        program = [str(BIN / command[0]), *command[1:]]
        done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False)
        return (done.stdout + done.stderr).splitlines() or ["it failed and said nothing"] if done.returncode else []

    return step


def openapi() -> list[str]:
    """The committed OpenAPI document is what this code serves."""
    path = ROOT / "src/onepin/contract/openapi.json"
    made = subprocess.run([str(BIN / "onepin"), "openapi"], cwd=ROOT, capture_output=True, check=False)
    if made.returncode:
        return made.stderr.decode().splitlines()
    if not path.exists() or path.read_bytes() != made.stdout:
        return [f"{path.relative_to(ROOT)} differs from `onepin openapi`: run scripts/openapi and read the difference"]
    return []


def locks() -> list[str]:
    """The lock files hold pins and hashes alone (no address of a registry) and satisfy pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = project["dependency-groups"]
    wanted = {"server": [*project["project"]["dependencies"], *groups["build"], *groups["docs"]]}
    for extra in ("server", "postgres"):
        wanted["server"] += project["project"]["optional-dependencies"][extra]
    wanted["dev"] = wanted["server"] + [d for d in groups["dev"] if isinstance(d, str)]
    wrong = []
    for lock in LOCKS:
        text = (ROOT / "requirements" / f"{lock}.txt").read_text("utf-8")
        wrong += [f"requirements/{lock}.txt: {line}" for line in lock_problems(text, wanted[lock])]
    return wrong


def lock_problems(text: str, wanted: list[str]) -> list[str]:
    """What is wrong with a lock file's ``text``, given the requirements it has to satisfy."""
    lines = text.splitlines()
    odd = [(number, line) for number, line in enumerate(lines, 1) if not LOCK_LINE.fullmatch(line)]
    wrong = [f"line {number} is no pin, no hash and no comment: {line}" for number, line in odd]
    pins = dict(line.split(" ")[0].split("==") for line in lines if re.match(r"[\w.-]+==", line))
    for requirement in map(Requirement, wanted):
        pinned = pins.get(re.sub(r"[-_.]+", "-", requirement.name).lower())
        if requirement.name != "onepin-platform" and (pinned is None or pinned not in requirement.specifier):
            wrong.append(f"{requirement} is wanted, {pinned or 'nothing'} is pinned: run scripts/lock")
    return wrong


def changelog() -> list[str]:
    """CHANGELOG.md keeps its format and speaks of this version or of what is to come."""
    version = re.search(r'^__version__ = "(.+)"$', (ROOT / "src/onepin/__init__.py").read_text("utf-8"), re.MULTILINE)
    assert version  # noqa: S101
    return changelog_problems((ROOT / "CHANGELOG.md").read_text("utf-8"), version[1])


def changelog_problems(text: str, version: str) -> list[str]:
    """What Keep a Changelog 1.1.0 would object to in ``text``, or that it lacks an entry for ``version``."""
    wrong = [] if text.startswith("# Changelog\n") else ["the first line is not '# Changelog'"]
    entries: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("## "):
            form = HEADING.fullmatch(line)
            if not form:
                wrong.append(f"line {number}: want '## [Unreleased]' or '## [1.2.3] - 2026-01-31': {line}")
            entries[form[1] or form[2] if form else line] = 0
        elif line.startswith("### ") and line[4:] not in KINDS:
            wrong.append(f"line {number}: '{line[4:]}' is none of {', '.join(KINDS)}")
        elif line.startswith("- ") and entries:
            entries[list(entries)[-1]] += 1
    if "Unreleased" in list(entries)[1:]:
        wrong.append("Unreleased does not stand first")
    versions = [tuple(map(int, name.split("."))) for name in entries if re.fullmatch(r"[\d.]+", name)]
    if versions != sorted(versions, reverse=True):
        wrong.append("the newest version does not stand first")
    wrong += [f"{name} has no entry" for name, count in entries.items() if not count and name != "Unreleased"]
    if not (entries.get("Unreleased") or entries.get(version)):
        wrong.append(f"neither Unreleased nor {version} has an entry")
    return wrong


def from_npm(program: str, *arguments: str) -> Callable[[], list[str]]:
    """A step that runs a program of ``scripts/npm``, installed from its lock with hashes, in that folder."""

    def step() -> list[str]:
        npm = shutil.which("npm")
        if npm is None:
            absent = f"npm is not here, so {program} does not check: apt-get install npm"
            print(f"      {absent}", file=sys.stderr)
            return [absent] if os.environ.get("CI", "").lower() in {"1", "true"} else []
        source, folder = ROOT / "scripts/npm", ROOT / ".cache/npm"
        if wrong := _installed(npm, source, folder):
            return wrong
        command = [str(folder / "node_modules/.bin" / program), *arguments]
        done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
        return (done.stdout + done.stderr).splitlines() if done.returncode else []

    return step


def _installed(npm: str, source: Path, folder: Path) -> list[str]:
    """What went wrong in installing what ``source`` locks into ``folder``, if it is not there."""
    wanted, installed = source / "package-lock.json", folder / "package-lock.json"
    if (folder / "node_modules").is_dir() and installed.read_bytes() == wanted.read_bytes():
        return []
    folder.mkdir(parents=True, exist_ok=True)
    for path in (source / "package.json", wanted):
        shutil.copy(path, folder)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if not done.returncode:
        return []
    shutil.rmtree(folder)
    return (done.stdout + done.stderr).splitlines()


STEPS: dict[str, Callable[[], list[str]]] = {
    "format": run("ruff", "format", "--check", "."),
    "lint": run("ruff", "check", "."),
    "types": run("mypy"),
    "imports": run("lint-imports", "--no-logo"),
    "pyright": from_npm("pyright", "--project", "pyrightconfig.json"),
    "dashboard": from_npm("tsc", "--project", "."),
    "openapi": openapi,
    "changelog": changelog,
    "spelling": run("codespell", *SPELT),
    "locks": locks,
}


def main() -> int:
    """Runs the steps named on the command line, or all."""
    chosen = sys.argv[1:] or list(STEPS)
    if unknown := [name for name in chosen if name not in STEPS]:
        print(f"There is no step {unknown[0]!r}; there are: {', '.join(STEPS)}.", file=sys.stderr)
        return 2
    failed = False
    for name in chosen:
        begun = time.monotonic()
        problems = STEPS[name]()
        print(f"{'FAIL' if problems else 'ok  '}  {name:<10} {time.monotonic() - begun:5.1f} s", flush=True)
        for line in problems:
            print(f"      {line}", flush=True)
        failed = failed or bool(problems)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
