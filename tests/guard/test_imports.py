"""What ``import onepin.guard`` brings with it."""

import json
import subprocess
import sys

import pytest

from server_process import clean_environment


def imported(statement: str) -> set[str]:
    """The names of all modules after ``statement``, in a Python of its own."""
    code = f"import json, sys\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, env=clean_environment())
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("absent", ["fastapi", "starlette", "onepin.server", "onepin.cli", "sqlalchemy", "granian"])
def test_the_guard_does_not_bring_in(absent: str) -> None:
    assert absent not in imported("import onepin.guard")


def test_its_front_for_fastapi_does_not_bring_in_the_service() -> None:
    modules = imported("import onepin.guard.fastapi")
    assert "fastapi" in modules
    assert not [name for name in modules if name.startswith(("onepin.server", "onepin.cli."))]
