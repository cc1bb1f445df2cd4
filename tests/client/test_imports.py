"""What ``import onepin`` brings with it: nothing that takes time."""

import json
import subprocess
import sys

import pytest

import onepin
from server_process import clean_environment


def imported(statement: str) -> set[str]:
    """The names of all modules after ``statement``, in a Python of its own."""
    code = f"import json, sys\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, env=clean_environment())
    return set(json.loads(done.stdout))


HEAVY = {"typing", "importlib.metadata", "pydantic", "httpx2", "httpcore2", "anyio", "asyncio", "click", "ssl"}


def test_the_package_alone_loads_nothing_of_the_sdk() -> None:
    modules = imported("import onepin")
    assert not modules & HEAVY
    assert not [name for name in modules if name.startswith("onepin.")]


@pytest.mark.parametrize("statement", ["from onepin import OnePinError", "from onepin import Secret"])
def test_errors_and_secrets_come_alone(statement: str) -> None:
    assert not imported(statement) & (HEAVY - {"typing"})


def test_models_and_http_client_come_with_the_first_call() -> None:
    made = "from onepin import OnePinClient, AsyncOnePinClient\nOnePinClient(base_url='http://127.0.0.1:1')"
    assert not imported(made) & {"pydantic", "httpx2", "httpcore2"}
    assert "pydantic" in imported(f"{made}.api_keys")


def test_the_sdk_does_not_bring_in_the_service() -> None:
    code = "from onepin import OnePinClient\nOnePinClient(base_url='http://127.0.0.1:1').api_keys"
    modules = imported(f"{code}\nimport onepin.client.connections, httpx2")
    assert not [name for name in modules if name.startswith(("onepin.server", "onepin.cli.", "onepin.guard"))]
    assert not modules & {"fastapi", "starlette", "sqlalchemy", "granian", "cryptography"}


def test_every_name_of_the_package_is_there() -> None:
    for name in onepin.__all__:
        assert getattr(onepin, name)
    assert set(onepin.__all__) <= set(dir(onepin))
    with pytest.raises(AttributeError, match="no attribute 'OnePinKlient'"):
        _ = onepin.OnePinKlient  # type: ignore[attr-defined]
