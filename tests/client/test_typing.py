"""``typing_cases.py`` under pyright's strict rules; mypy reads it with everything else (``scripts/check types``)."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from programs import ROOT

CASES = ROOT / "tests" / "client" / "typing_cases.py"


def test_pyright_agrees(tmp_path: Path) -> None:
    pyright = shutil.which("pyright")
    if pyright is None:
        pytest.skip("pyright is not here: it needs Node.js, so it is no dependency (pip install pyright)")
    shutil.copy(CASES, tmp_path)
    settings = {
        "include": [CASES.name],
        "extraPaths": [str(ROOT / "src")],
        "venvPath": str(ROOT),
        "venv": ".venv",
        "typeCheckingMode": "strict",
        "reportUnnecessaryTypeIgnoreComment": "error",
    }
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings), "utf-8")
    done = subprocess.run([pyright, "-p", str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
