"""``onepin doctor``."""

import os
from collections.abc import Iterator
from importlib.util import find_spec

import click

from onepin.cli.connection import address
from onepin.cli.doctor.access import access
from onepin.cli.doctor.finding import Finding, failed
from onepin.cli.doctor.installation import installation
from onepin.cli.doctor.reach import reach
from onepin.cli.failures import Failed
from onepin.cli.flags import Flags
from onepin.cli.invocation import Invocation, api_command
from onepin.cli.render.cells import harmless
from onepin.client.errors import OnePinConfigurationError

OPERATED_BY = ("ONEPIN_DATABASE_URL", "ONEPIN_CLERK_ISSUER", "ONEPIN_DATA_DIR", "ONEPIN_PEPPER_FILE", "ONEPIN_PEPPER")
"""Settings of a server: where one is set, this is the machine of an operator."""
COLOURS = {"ok": "green", "warning": "yellow", "failed": "red"}
SIGNS = {"ok": ("✓", "ok"), "warning": ("!", "!"), "failed": ("✗", "FAILED")}


@api_command(
    "doctor",
    short="Look for what is wrong, and say what to do about it.",
    examples="""
onepin doctor
onepin doctor --base-url https://keys.example.com
onepin doctor --server                         also the settings and database of a server here
onepin doctor --json
""",
)
@click.option(
    "--server/--no-server",
    default=None,
    help="Look at a server's settings and database, too, or don't. [default: where there is one]",
)
@click.option("--data-dir", metavar="PATH", help="With --server: its data folder, where it is not the default.")
def command(here: Invocation, server: bool | None, data_dir: str | None) -> int:
    """Look at this machine, the way to the server and the credential; and, where a server is operated, at its settings,
    data folder, database, peppers and sign-in. Says what to do about what is wrong. Changes nothing.

    Works with a key alone, and without any credential. Exit code 1 when something failed; a warning is no failure.
    """
    if data_dir and server is False:
        raise click.UsageError("--data-dir goes with --server.")
    findings = []
    for finding in _findings(here.flags, server, data_dir):
        findings.append(finding)
        if not here.json:
            _show(here, finding)
    if here.json:
        here.data([{name: getattr(one, name) for name in Finding.__slots__} for one in findings])
    wrong = sum(one.verdict == "failed" for one in findings)
    warnings = sum(one.verdict == "warning" for one in findings)
    here.say(f"{wrong} failed, {warnings} to look at." if wrong or warnings else "All is well.")
    return 1 if wrong else 0


def _findings(flags: Flags, server: bool | None, data_dir: str | None) -> Iterator[Finding]:
    yield from installation(flags)
    if server or (server is None and _operated(data_dir)):
        from onepin.cli.operate.diagnosis import diagnosis

        yield from diagnosis(data_dir)
    try:
        base_url = address(flags)
    except Failed as error:
        yield failed("server", error.message, error.hint)
        return
    except OnePinConfigurationError:
        return  # the credentials file: said above
    reached = list(reach(base_url))
    yield from reached
    if all(finding.verdict != "failed" for finding in reached):
        yield from access(flags)


def _operated(data_dir: str | None) -> bool:
    """Whether a server is run from here: it is installed, and has a data folder or settings."""
    if find_spec("fastapi") is None or find_spec("sqlalchemy") is None:
        return False
    if data_dir or any(os.environ.get(name) for name in OPERATED_BY):
        return True
    from onepin.cli.operate.diagnosis import default_folder_used

    return default_folder_used()


def _show(here: Invocation, finding: Finding) -> None:
    if here.quiet and finding.verdict == "ok":
        return
    sign, plain = SIGNS[finding.verdict]
    sign = sign if here.out.unicode else plain
    about = here.out.style(finding.about, "bold")
    here.write(f"{here.out.style(sign, COLOURS[finding.verdict])} {about}: {harmless(finding.found)}")
    if finding.advice:
        here.write(f"  → {finding.advice}" if here.out.unicode else f"  -> {finding.advice}")
