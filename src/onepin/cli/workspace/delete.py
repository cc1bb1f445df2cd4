"""``onepin workspace delete``."""

import click

from onepin.cli.connection import load_profile, workspace_by_slug
from onepin.cli.invocation import Invocation, api_command


@api_command(
    "delete",
    short="Delete a workspace and end all of its keys.",
    examples="""
onepin workspace delete acme-staging
onepin workspace delete acme-staging --yes
""",
)
@click.argument("which", metavar="WORKSPACE")
@click.option("-y", "--yes", is_flag=True, help="Don't ask.")
def command(here: Invocation, which: str, yes: bool) -> None:
    """Delete WORKSPACE; every key of it stops working at once. Only its owner can.

    WORKSPACE is its id, its slug, or its name if only one of yours has it.
    """
    with here.client() as client:
        with here.waiting("looking it up"):
            found = workspace_by_slug(client, which)
        here.confirm(f"Delete {found.name!r} ({found.slug}) and revoke all of its keys, for good?", yes=yes)
        client.workspaces.delete(found.id)
    here.say(f"{here.err.style('Deleted', 'green')} {found.name!r}; its keys are revoked.")
    profile = load_profile(here.flags)
    if profile is not None and profile.workspace_id == str(found.id):
        from onepin.client.credentials import CredentialsFile

        CredentialsFile().save(profile.name, {"workspace_id": None})
        here.say("The next commands work in your personal workspace.")
    if here.json:
        here.data({"id": str(found.id), "deleted": True})
    elif here.quiet:
        here.write(str(found.id))
