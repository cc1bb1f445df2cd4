"""``onepin workspace use``."""

import os

import click

from onepin.cli.connection import load_profile, workspace_by_slug
from onepin.cli.failures import Failed
from onepin.cli.invocation import Invocation, api_command


@api_command(
    "use",
    short="Choose the workspace for the next commands.",
    examples="""
onepin workspace use acme-production
onepin workspace use --personal
""",
)
@click.argument("which", metavar="[WORKSPACE]", required=False)
@click.option("--personal", is_flag=True, help="Back to your personal workspace.")
def command(here: Invocation, which: str | None, personal: bool) -> None:
    """Choose the workspace that the next commands work in; the profile keeps it. For one command, there is --workspace.

    WORKSPACE is its id, its slug, or its name if only one of yours has it.
    """
    if personal == (which is not None):
        raise click.UsageError("name a WORKSPACE, or say --personal.")
    profile = load_profile(here.flags)
    if profile is None or not profile.values:
        raise Failed(
            "There is no profile to note it in: nobody signed in with 'onepin login'.",
            hint="Set ONEPIN_WORKSPACE_ID, or sign in: onepin login",
            code="NO_PROFILE",
        )
    from onepin.client.credentials import CredentialsFile

    found = None
    if which is not None:
        with here.client() as client, here.waiting("looking it up"):
            found = workspace_by_slug(client, which)
    CredentialsFile().save(profile.name, {"workspace_id": None if found is None else str(found.id)})
    name = "your personal workspace" if found is None else f"{found.name!r}"
    here.say(f"The next commands work in {name}.")
    if os.environ.get("ONEPIN_WORKSPACE_ID"):
        here.warn("ONEPIN_WORKSPACE_ID is set in this shell and goes before it.")
    if here.json:
        here.data({"workspace_id": None if found is None else str(found.id)})
