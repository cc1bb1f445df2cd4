"""``onepin login``."""

import os
from collections.abc import Callable
from typing import Any

import click

from onepin.cli.account.credential_kinds import objection_to_key, session_token
from onepin.cli.account.pasted import pasted
from onepin.cli.connection import (
    DEFAULT_BASE_URL,
    LOCAL_DATA_DIR,
    LOCAL_USER,
    SIGN_IN_AS_PERSON,
    Identity,
    checked_url,
    client_for,
    is_uuid,
    profile_name,
    workspace_by_slug,
)
from onepin.cli.failures import Failed
from onepin.cli.invocation import Invocation, api_command
from onepin.cli.terminal import person_present
from onepin.client.credentials import DEFAULT_PROFILE, CredentialsFile

ASK = "-"
STORED = ("api_key", "token", LOCAL_DATA_DIR, LOCAL_USER)
"""What a profile can hold as a credential: signing in writes one kind and removes the others."""


@api_command(
    "login",
    short="Sign in to a server, and keep the credential for the next commands.",
    examples="""
onepin login --local                                 to the server on this machine
onepin login --local --data-dir ./data --user ada@example.com
onepin login --token --base-url https://keys.example.com
onepin login --key --base-url https://keys.example.com --profile ci
pass show onepin/key | onepin login --key -          from standard input
""",
)
@click.option("--local", is_flag=True, help="As a person of the server on this machine; needs its data folder.")
@click.option(
    "--token", is_flag=False, flag_value=ASK, metavar="[TOKEN]", help="With a session token; asked for when left away."
)
@click.option(
    "--key", is_flag=False, flag_value=ASK, metavar="[KEY]", help="With an API key; asked for when left away."
)
@click.option("--data-dir", metavar="PATH", help="With --local: the server's data folder, where it is not the default.")
@click.option("--user", metavar="NAME|EMAIL", help="With --local: who to be. [default: owner, as in 'onepin token']")
def command(
    here: Invocation, local: bool, token: str | None, key: str | None, data_dir: str | None, user: str | None
) -> None:
    """Sign in to a server. The credential is kept in ~/.onepin/credentials, which you alone can read.

    A person (--local, --token) manages keys and workspaces. An API key (--key) may ask who it is and read data; it
    can't manage keys. A session token ends after an hour at most; --local makes a fresh one for every command.

    What is typed into a command line others can see: leave the value away and paste it when asked, or write - and pipe
    it in. The server is --base-url, else ONEPIN_BASE_URL, else http://127.0.0.1:8000.
    """
    if sum((local, token is not None, key is not None)) > 1:
        raise click.UsageError("choose one of --local, --token and --key.")
    if not local and (data_dir or user):
        raise click.UsageError("--data-dir and --user go with --local.")
    if local:
        _sign_in(here, *_local(data_dir, user))
    elif token is not None:
        _sign_in(here, *_token(pasted(token, "Session token")), None)
    elif key is not None:
        _sign_in(here, *_key(pasted(key, "API key")), None)
    else:
        _ask(here)


Values = dict[str, str | None]


def _ask(here: Invocation) -> None:
    """Neither of the three was named. Sign-in in the browser (RFC 8628) will begin here."""
    if not person_present():
        raise click.UsageError("say how: --local, --token or --key.")
    here.say("On the server's own machine 'onepin login --local' needs nothing to paste.")
    text = pasted(ASK, "API key or session token")
    _sign_in(here, *(_token(text) if session_token(text) else _key(text)), None)


def _key(text: str) -> tuple[Identity, Values]:
    objection = objection_to_key(text)
    if objection is not None:
        raise Failed(objection, hint="Nothing was sent anywhere, and nothing was changed.", code="NO_KEY")
    return Identity("api_key", "--key", text), {"api_key": text}


def _token(text: str) -> tuple[Identity, Values]:
    if not session_token(text):
        looks = "It looks like an API key: use 'onepin login --key'." if objection_to_key(text) is None else ""
        raise Failed(
            f"This is no session token: they begin with eyJ and have two dots in them. {looks}".rstrip(),
            hint="Nothing was sent anywhere, and nothing was changed.",
            code="NO_TOKEN",
        )
    return Identity("token", "--token", text), {"token": text}


def _local(data_dir: str | None, user: str | None) -> tuple[Identity, Values, str | None]:
    from onepin.cli.operate.local_session import address, checked_folder, local_token
    from onepin.cli.operate.sign_in_folder import DEFAULT_USER

    folder, who = str(checked_folder(data_dir)), user or DEFAULT_USER
    make: Callable[[], str] = lambda: local_token(folder, who)  # noqa: E731
    try:
        make()
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--user") from None
    return (
        Identity("local", "--local", make),
        {LOCAL_DATA_DIR: folder, LOCAL_USER: who},
        address(checked_folder(folder)),
    )


def _sign_in(here: Invocation, identity: Identity, values: Values, address: str | None) -> None:
    """Ask the server who that is; only if it says so, keep the credential."""
    given = here.flags.base_url or os.environ.get("ONEPIN_BASE_URL", "").strip()
    base_url = checked_url(given or address or DEFAULT_BASE_URL, "--base-url" if here.flags.base_url else "the address")
    file, name = CredentialsFile(), profile_name(here.flags)
    file.load(name)  # a file that can't be used is found before anything is sent
    with client_for(base_url, identity) as client, here.waiting(f"asking {base_url}"):
        who = client.auth.whoami()
        workspace = _workspace(client, here.flags.workspace)
    file.save(name, dict.fromkeys(STORED) | values | {"base_url": base_url, "workspace_id": workspace})
    _say(here, name, base_url, who, values)
    if here.json:
        here.data(who)


def _workspace(client: Any, text: str | None) -> str | None:
    if text is None:
        return None
    return str(workspace_by_slug(client, text).id) if not is_uuid(text) else text


def _say(here: Invocation, name: str, base_url: str, who: Any, values: Values) -> None:
    with_name = "" if name == DEFAULT_PROFILE else f" as profile {name!r}"
    here.say(f"{here.err.style('Signed in', 'green')} to {base_url}{with_name}.")
    for variable in ("ONEPIN_API_KEY", "ONEPIN_TOKEN"):
        if os.environ.get(variable, "").strip():
            here.warn(f"{variable} is set in this shell and goes before it: unset {variable}")
    if values.get("api_key"):
        here.say(f"With an API key of workspace {who.workspace_id}; scopes: {' '.join(who.scopes) or 'none'}.")
        here.say(SIGN_IN_AS_PERSON)
        return
    if values.get(LOCAL_USER):
        here.say(f'You are {values[LOCAL_USER]!r} there. Next: onepin keys create "my first key"')
    else:
        here.say(f"As user {who.user_id}, until the token ends. Next: onepin keys list")
