"""The samples of the operations are calls that exist, with arguments that they take."""

import ast
import inspect
import shlex

import click
import pytest

from docsite import operations
from docsite.clients import CLI, SDK, command, sdk_method
from docsite.samples import samples
from onepin import OnePinClient

EVERY = {operation.name: operation for operation in operations.load()}
WITHOUT_CLIENTS = {"check", "redeem_sign_in_link", "health", "readiness"}
"""Asked by proxies, browsers and orchestrators."""


@pytest.mark.parametrize("name", SDK)
def test_a_python_sample_calls_a_method_that_there_is(name: str) -> None:
    method = sdk_method(SDK[name])
    assert method is not None
    calls = [node for node in ast.walk(ast.parse(SDK[name])) if isinstance(node, ast.Call)]
    (call,) = (
        node for node in calls if isinstance(node.func, ast.Attribute) and ".".join(_words(node.func)[:1]) == "client"
    )
    named = {keyword.arg or "": None for keyword in call.keywords}
    inspect.signature(method).bind(OnePinClient, *call.args, **named)


@pytest.mark.parametrize("name", CLI)
def test_a_command_line_is_one_that_the_command_takes(name: str) -> None:
    words = shlex.split(CLI[name])
    found = command(words)
    assert found is not None
    depth = 1 if command(words[:1]) is found else 2
    found.make_context("onepin", words[depth:], parent=click.Context(found), resilient_parsing=False)


def test_an_operation_for_people_has_all_samples() -> None:
    lacking = {name for name, operation in EVERY.items() if "Python" not in {s.title for s in samples(operation)}}
    assert {name for name in lacking if EVERY[name].tag != "auth"} <= WITHOUT_CLIENTS
    assert {s.title for s in samples(EVERY["create_api_key"])} == {"curl", "Python", "CLI", "JavaScript"}


def test_no_sample_is_of_an_operation_that_is_gone() -> None:
    assert set(SDK) | set(CLI) <= set(EVERY)


def _words(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Attribute):
        return [*_words(node.value), node.attr]
    return [node.id] if isinstance(node, ast.Name) else []
