"""What the Python SDK and the command line call an operation.

Both are asked whether they have it, so that no page shows a call that there is not; tests hold the rest against them.
"""

from importlib import import_module
from typing import Any

import click

ID = "0199d8a4-6a01-7d52-8f3e-0c9b6a5d4e21"
_OTHER = "5b0c7f3e-3f0a-5d0e-9a4b-1c2d3e4f5a6b"
SDK: dict[str, str] = {
    "list_api_keys": "for key in client.api_keys.list():\n    print(key.preview, key.name)",
    "create_api_key": 'made = client.api_keys.create(name="Production key")'
    "\nstore(made.api_key.reveal())  # shown once",
    "get_api_key": f'key = client.api_keys.get("{ID}")',
    "update_api_key": f'key = client.api_keys.update("{ID}", name="Production key")',
    "delete_api_key": f'key = client.api_keys.revoke("{ID}")',
    "rotate_api_key": f'rotated = client.api_keys.rotate("{ID}", grace_seconds=3600)\n'
    "store(rotated.new_key.api_key.reveal())  # shown once",
    "get_api_key_usage": f'usage = client.api_keys.usage("{ID}", window="24h")',
    "verify": 'verdict = client.api_keys.verify(customers_key, scopes=["workflows:run"])'
    "\nprint(verdict.valid, verdict.code)",
    "whoami": "print(client.auth.whoami())",
    "list_workspaces": "for workspace in client.workspaces.list():\n    print(workspace.name)",
    "create_workspace": 'workspace = client.workspaces.create(name="Production")',
    "get_workspace": f'workspace = client.workspaces.get("{ID}")',
    "get_workspace_settings": f'settings = client.workspaces.settings("{ID}")',
    "update_workspace": f'workspace = client.workspaces.update("{ID}", name="Production")',
    "delete_workspace": f'client.workspaces.delete("{ID}")',
    "slug_available": 'print(client.workspaces.slug_available("production").available)',
    "list_members": f'for member in client.members.list("{ID}"):\n    print(member.email, member.role)',
    "update_member": f'member = client.members.update("{ID}", "{_OTHER}", role="editor")',
    "remove_member": f'client.members.remove("{ID}", "{_OTHER}")',
    "create_invite": f'invite = client.invites.create("{ID}", email="bob@example.com", role="editor")',
    "update_invite": f'invite = client.invites.update("{ID}", "{_OTHER}", role="viewer")',
    "revoke_invite": f'client.invites.revoke("{ID}", "{_OTHER}")',
    "accept_invite": "client.invites.accept(token)",
    "list_usage_activity": "for event in client.usage.activity():\n    print(event.timestamp, event.action)",
    "get_usage_summary": 'summary = client.usage.summary(window="7d")',
}
"""The lines that call an operation, on a ``client``."""
CLI: dict[str, str] = {
    "list_api_keys": "api-keys list",
    "create_api_key": 'api-keys create "Production key"',
    "get_api_key": f"api-keys show {ID}",
    "update_api_key": f'api-keys update {ID} --name "Production key"',
    "delete_api_key": f"api-keys revoke {ID}",
    "rotate_api_key": f"api-keys rotate {ID} --grace 1h",
    "get_api_key_usage": f"api-keys usage {ID} --window 24h",
    "get_usage_summary": "api-keys usage --window 7d",
    "verify": "api-keys verify --scope workflows:run",
    "whoami": "whoami",
    "list_workspaces": "workspace list",
    "create_workspace": 'workspace create "Production"',
    "get_workspace": f"workspace show {ID}",
    "update_workspace": f'workspace update {ID} --name "Production"',
    "delete_workspace": f"workspace delete {ID}",
    "list_members": "members list",
    "update_member": "members update bob@example.com --role editor",
    "remove_member": "members remove bob@example.com",
    "create_invite": "invites create bob@example.com --role editor",
    "update_invite": f"invites update {ID} --role viewer",
    "revoke_invite": f"invites revoke {ID}",
    "list_usage_activity": "audit list",
}
"""The command line of an operation, without ``onepin``."""


def python(name: str) -> str | None:
    """A program that calls the operation ``name``; None where the SDK has no such call."""
    lines = SDK.get(name)
    if lines is None or sdk_method(lines) is None:
        return None
    return f"from onepin import OnePinClient\n\nclient = OnePinClient()\n{lines}"


def command_line(name: str) -> str | None:
    """The command for the operation ``name``; None where there is none."""
    words = CLI.get(name)
    return f"onepin {words}" if words and command(words.split()) is not None else None


def sdk_method(lines: str) -> Any:
    """The method of the SDK that a sample calls, None where there is none."""
    resource, verb = lines.partition("client.")[2].partition("(")[0].split(".")
    if not hasattr(getattr(import_module("onepin"), "OnePinClient", None), resource):
        return None
    module = import_module(f"onepin.client.resources.{resource}")
    return getattr(getattr(module, resource.title().replace("_", ""), None), verb, None)


def command(words: list[str]) -> click.Command | None:
    """The command that the first of ``words`` name; None where there is none."""
    found: click.Command = import_module("onepin.cli.main").cli
    for word in words:
        if not isinstance(found, click.Group):
            break
        inner = found.get_command(click.Context(found), word)
        if inner is None:
            return None
        found = inner
    return found
