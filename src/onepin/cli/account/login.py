"""``onepin login``."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
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
from onepin.client.credentials import DEFAULT_PROFILE, CredentialsFile, Profile
from onepin.client.device_session import DeviceSession

ASK = "-"
STORED = ("api_key", "token", "session", LOCAL_DATA_DIR, LOCAL_USER)
"""What a profile can hold as a credential: signing in writes one kind and removes the others."""


@api_command(
    "login",
    short="Sign in to a server, and keep the credential for the next commands.",
    examples="""
onepin login --base-url https://keys.example.com     in the browser, on this or another device
onepin login --local                                 to the server on this machine
onepin login --local --data-dir ./data --user ada@example.com
onepin login --token --base-url https://keys.example.com
onepin login --key --base-url https://keys.example.com --profile ci
pass show onepin/key | onepin login --key -          from standard input
""",
)
@click.option("--device", is_flag=True, help="With a code that you approve in a browser; the default in a terminal.")
@click.option("--open", "opened", is_flag=True, help="With --device: open the browser on this machine.")
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
    here: Invocation,
    device: bool,
    opened: bool,
    local: bool,
    token: str | None,
    key: str | None,
    data_dir: str | None,
    user: str | None,
) -> None:
    """Sign in to a server. The credential is kept in ~/.onepin/credentials, which you alone can read.

    Without a flag, a code and a link are shown; who approves it in a browser, on any device, is signed in here. That
    session lasts 30 days from its last use: 'onepin logout' ends it, 'onepin sessions list' shows it.

    A person (--device, --local, --token) manages keys and workspaces. An API key (--key) may ask who it is and read
    data; it can't manage keys. A session token ends after an hour at most; --local makes a fresh one for every command.

    What is typed into a command line others can see: leave the value away and paste it when asked, or write - and pipe
    it in. The server is --base-url, else ONEPIN_BASE_URL, else http://127.0.0.1:8000;
    signing in by a code again, the profile's.
    """
    if sum((device or opened, local, token is not None, key is not None)) > 1:
        raise click.UsageError("choose one of --device, --local, --token and --key.")
    if not local and (data_dir or user):
        raise click.UsageError("--data-dir and --user go with --local.")
    if local:
        _sign_in(here, *_local(data_dir, user))
    elif token is not None:
        _sign_in(here, *_token(pasted(token, "Session token")), None)
    elif key is not None:
        _sign_in(here, *_key(pasted(key, "API key")), None)
    elif device or opened or person_present():
        _device(here, opened=opened)
    else:
        raise click.UsageError("say how: --device, --local, --token or --key.")


Values = dict[str, str | None]


def _device(here: Invocation, *, opened: bool) -> None:
    """Sign in by a code; if it can't be kept after all, the session that was made is ended again."""
    former = CredentialsFile().load(profile_name(here.flags))  # before somebody approves in vain
    base_url = _address(here, former.base_url if former else None)
    from onepin.cli.account.device import granted
    from onepin.cli.account.ending import end

    secret = granted(here, base_url, opened=opened).refresh_token
    if secret is None:
        raise Failed(f"{base_url} gave no secret to sign in with.", hint="Start again: onepin login", code="NO_SECRET")
    session = DeviceSession(secret)
    try:
        kept = _kept(here, Identity("session", "--device", session), {"session": secret.reveal()}, base_url)
    except BaseException:
        end(base_url, session)
        raise
    _welcome(here, kept)


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


@dataclass(frozen=True)
class Kept:
    """A credential that the server knows and the file holds."""

    profile: str
    base_url: str
    who: Any
    values: Values = field(repr=False)
    former: Profile | None


def _sign_in(here: Invocation, identity: Identity, values: Values, address: str | None) -> None:
    _welcome(here, _kept(here, identity, values, _address(here, address)))


def _kept(here: Invocation, identity: Identity, values: Values, base_url: str) -> Kept:
    """Ask the server who that is; only if it says so, keep the credential."""
    file, name = CredentialsFile(), profile_name(here.flags)
    former = file.load(name)  # a file that can't be used is found before anything is sent
    with client_for(base_url, identity) as client, here.waiting(f"asking {base_url}"):
        who = client.auth.whoami()
        workspace = _workspace(client, here.flags.workspace)
    file.save(name, dict.fromkeys(STORED) | values | {"base_url": base_url, "workspace_id": workspace})
    return Kept(name, base_url, who, values, former)


def _welcome(here: Invocation, kept: Kept) -> None:
    if kept.former is not None:
        _end_former(here, kept.former)
    _say(here, kept.profile, kept.base_url, kept.who, kept.values)
    if here.json:
        here.data(kept.who)


def _address(here: Invocation, local: str | None) -> str:
    given = here.flags.base_url or os.environ.get("ONEPIN_BASE_URL", "").strip()
    return checked_url(given or local or DEFAULT_BASE_URL, "--base-url" if here.flags.base_url else "the address")


def _end_former(here: Invocation, former: Profile) -> None:
    """The device sign-in that this one replaces: its secret is gone from here, so nobody could use it rightly."""
    from onepin.cli.account.ending import end_session

    with here.waiting("ending the session that was here before"):
        end_session(former)


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
    elif values.get("session"):
        here.say(f"As user {who.user_id}, on this device, until 'onepin logout'. Next: onepin keys list")
    else:
        here.say(f"As user {who.user_id}, until the token ends. Next: onepin keys list")
