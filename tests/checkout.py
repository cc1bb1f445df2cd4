"""A small project set up by this repository's own scripts, without a network: one locked package, its own backend."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""

BACKEND = """
import zipfile
from pathlib import Path

def build_editable(directory, config_settings=None, metadata_directory=None):
    name = "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(Path(directory) / name, "w") as wheel:
        wheel.writestr("tiny.pth", str(Path.cwd() / "src") + "\\n")
        wheel.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\n")
        wheel.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("tiny-1.0.dist-info/entry_points.txt", "[console_scripts]\\nonepin = tiny:main\\n")
        wheel.writestr("tiny-1.0.dist-info/RECORD", "")
    return name
"""

MODULE = """
import sys
def main():
    import dep
    print(dep.VERSION, *sys.argv[1:], sep="|")
"""


DOCSITE = """
import sys
from pathlib import Path

Path(__file__).with_name("asked").write_text(" ".join(sys.argv[1:]))
if Path(__file__).with_name("broken").exists():
    sys.exit("the documentation was not built: a reason")
"""


@dataclass
class Checkout:
    """A folder with scripts/, requirements/ and a project; ``run`` starts one of its scripts as a new user would."""

    root: Path
    home: Path
    wheels: Path
    variables: dict[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, folder: Path) -> "Checkout":
        """A checkout below ``folder``, in a path with a space in it."""
        made = cls(folder / "my projects" / "tiny", folder / "home", folder / "wheels")
        for path in (made.root / "src", made.root / "requirements", made.home, made.wheels):
            path.mkdir(parents=True)
        shutil.copytree(ROOT / "scripts", made.root / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.rmtree(made.root / "scripts" / "docsite")
        (made.root / "scripts" / "docsite").mkdir()
        (made.root / "scripts" / "docsite" / "__main__.py").write_text(DOCSITE, "utf-8")
        (made.root / "pyproject.toml").write_text(PYPROJECT, "utf-8")
        (made.root / "backend.py").write_text(BACKEND, "utf-8")
        (made.root / "src" / "tiny.py").write_text(MODULE, "utf-8")
        made.lock("1.0")
        return made

    def lock(self, version: str) -> Path:
        """Publishes ``version`` of the package, and locks it with its hash."""
        wheel = self.wheels / f"dep-{version}-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as file:
            file.writestr("dep.py", f'VERSION = "{version}"\n')
            file.writestr(
                f"dep-{version}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: dep\nVersion: {version}\n"
            )
            kind = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            file.writestr(f"dep-{version}.dist-info/WHEEL", kind)
            file.writestr(f"dep-{version}.dist-info/RECORD", "")
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        for name in ("server", "dev"):
            lock = self.root / "requirements" / f"{name}.txt"
            lock.write_text(f"dep=={version} \\\n    --hash=sha256:{digest}\n", "utf-8")
        return wheel

    def environment(self) -> dict[str, str]:
        """What a new user's shell has, and nothing of ours."""
        clean = {"HOME": str(self.home), "PATH": f"{Path(sys.executable).resolve().parent}:{os.defpath}:/usr/local/bin"}
        pip = {
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels).replace(" ", "%20"),
            "PIP_CONFIG_FILE": os.devnull,
        }
        return clean | pip | self.variables

    def start(self, script: str = "onepin", *arguments: str) -> subprocess.Popen[str]:
        """Starts ``scripts/<script>`` from another folder, in a process group of its own."""
        return subprocess.Popen(
            [self.root / "scripts" / script, *arguments], cwd="/", env=self.environment(), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    def run(self, script: str = "onepin", *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs ``scripts/<script>`` to its end."""
        process = self.start(script, *arguments)
        out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)
