"""What the Python SDK and the command line call an operation.

Both are asked whether they have it, so that no page shows a call that there is not; tests hold the rest against them.
"""

from importlib import import_module
from typing import Any

import click

from docsite.operations import IN_PATH

_KEY, _WORKSPACE = IN_PATH["key_id"], IN_PATH["workspace_id"]
_MEMBER, _INVITE = IN_PATH["member_id"], IN_PATH["invite_id"]
_SESSION, _USER_CODE = IN_PATH["session_id"], IN_PATH["user_code"]
SDK: dict[str, str] = {
    "list_api_keys": "for key in client.api_keys.list():\n    print(key.preview, key.name)",
    "create_api_key": 'made = client.api_keys.create(name="Production key")'
    "\nstore(made.api_key.reveal())  # shown once",
    "get_api_key": f'key = client.api_keys.get("{_KEY}")',
    "update_api_key": f'key = client.api_keys.update("{_KEY}", name="Production key")',
    "delete_api_key": f'key = client.api_keys.revoke("{_KEY}")',
    "rotate_api_key": f'rotated = client.api_keys.rotate("{_KEY}", grace_seconds=3600)\n'
    "store(rotated.new_key.api_key.reveal())  # shown once",
    "get_api_key_usage": f'usage = client.api_keys.usage("{_KEY}", window="24h")',
    "verify": 'verdict = client.api_keys.verify(customers_key, scopes=["workflows:run"])'
    "\nprint(verdict.valid, verdict.code)",
    "whoami": "print(client.auth.whoami())",
    "get_waiting_device": f'waiting = client.auth.device.get("{_USER_CODE}")\nprint(waiting.client, waiting.address)',
    "decide_about_device": f'client.auth.device.approve("{_USER_CODE}")',
    "list_sessions": "for session in client.auth.sessions.list():\n    print(session.client, session.last_used_at)",
    "revoke_session": f'client.auth.sessions.revoke("{_SESSION}")',
    "list_workspaces": "for workspace in client.workspaces.list():\n    print(workspace.name)",
    "create_workspace": 'workspace = client.workspaces.create(name="Production")',
    "get_workspace": f'workspace = client.workspaces.get("{_WORKSPACE}")',
    "get_workspace_settings": f'settings = client.workspaces.settings("{_WORKSPACE}")',
    "update_workspace": f'workspace = client.workspaces.update("{_WORKSPACE}", name="Production")',
    "delete_workspace": f'client.workspaces.delete("{_WORKSPACE}")',
    "slug_available": 'print(client.workspaces.slug_available("production").available)',
    "list_members": f'for member in client.members.list("{_WORKSPACE}"):\n    print(member.email, member.role)',
    "update_member": f'member = client.members.update("{_WORKSPACE}", "{_MEMBER}", role="editor")',
    "remove_member": f'client.members.remove("{_WORKSPACE}", "{_MEMBER}")',
    "create_invite": f'invite = client.invites.create("{_WORKSPACE}", email="bob@example.com", role="editor")',
    "update_invite": f'invite = client.invites.update("{_WORKSPACE}", "{_INVITE}", role="viewer")',
    "revoke_invite": f'client.invites.revoke("{_WORKSPACE}", "{_INVITE}")',
    "accept_invite": "client.invites.accept(token)",
    "list_usage_activity": "for event in client.usage.activity():\n    print(event.timestamp, event.action)",
    "get_usage_summary": 'summary = client.usage.summary(window="7d")',
}
"""The lines that call an operation, on a ``client``."""
CLI: dict[str, str] = {
    "list_api_keys": "api-keys list",
    "create_api_key": 'api-keys create "Production key"',
    "get_api_key": f"api-keys show {_KEY}",
    "update_api_key": f'api-keys update {_KEY} --name "Production key"',
    "delete_api_key": f"api-keys revoke {_KEY}",
    "rotate_api_key": f"api-keys rotate {_KEY} --grace 1h",
    "get_api_key_usage": f"api-keys usage {_KEY} --window 24h",
    "get_usage_summary": "api-keys usage --window 7d",
    "verify": "api-keys verify --scope workflows:run",
    "whoami": "whoami",
    "decide_about_device": f"sessions approve {_USER_CODE}",
    "list_sessions": "sessions list",
    "revoke_session": f"sessions revoke {_SESSION}",
    "list_workspaces": "workspace list",
    "create_workspace": 'workspace create "Production"',
    "get_workspace": f"workspace show {_WORKSPACE}",
    "update_workspace": f'workspace update {_WORKSPACE} --name "Production"',
    "delete_workspace": f"workspace delete {_WORKSPACE}",
    "list_members": "members list",
    "update_member": "members update bob@example.com --role editor",
    "remove_member": "members remove bob@example.com",
    "create_invite": "invites create bob@example.com --role editor",
    "update_invite": f"invites update {_INVITE} --role viewer",
    "revoke_invite": f"invites revoke {_INVITE}",
    "accept_invite": "invites accept",
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
    first, *_, verb = words = lines.partition("client.")[2].partition("(")[0].split(".")
    if not hasattr(getattr(import_module("onepin"), "OnePinClient", None), first):
        return None
    resource = words[-2]
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
