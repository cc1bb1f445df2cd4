"""What ``onepin serve`` says to whoever started it, once it answers. Printed, never logged: it holds a token."""

import shutil
import sys
from pathlib import Path

from onepin import __version__
from onepin.cli.operate.sign_in_folder import DEFAULT_USER, local_issuer
from onepin.server.clock import SystemClock
from onepin.server.config import Config, masked_url


def banner(config: Config, *, data_dir_flag: bool) -> str:
    """The text: address, folder, database, and with local sign-in a link to open and two commands to paste.

    The commands are one line each and read the same by sh, fish and PowerShell: single quotes, nothing to expand.

    Args:
        config: The configuration, with the port that was taken.
        data_dir_flag: Whether the folder was given as a flag, which other commands need to be given as well then.
    """
    lines = [
        f"onepin {__version__} is ready at {config.base_url}",
        f"  database     {masked_url(config.database_url)}",
        f"  data folder  {config.data_dir}" if uses_data_dir(config) else "",
        f"  sign-in      Clerk, {config.clerk_issuer}" if config.clerk_issuer else "",
    ]
    lines = [line for line in lines if line]
    return "\n".join(lines + (_first_steps(config, data_dir_flag) if config.embedded else []))


def uses_data_dir(config: Config) -> bool:
    """Whether anything is kept in the data folder."""
    path = config.database_path
    return config.local_issuer or (path is not None and path.is_relative_to(config.data_dir))


def _first_steps(config: Config, data_dir_flag: bool) -> list[str]:
    issuer, now = local_issuer(config), SystemClock().now()
    token, expires = issuer.mint(user=DEFAULT_USER, ttl_seconds=3600, now=now, azp=config.local_issuer_url)
    code = issuer.new_sign_in_code(user=DEFAULT_USER, now=now)
    onepin = command_name()
    folder = f" --data-dir {config.data_dir}" if data_dir_flag else ""
    return [
        "",
        "Open the dashboard (the link is good once, within 10 minutes):",
        "",
        f"  {config.base_url}/#sign-in={code}",
        "",
        f"Create an API key: {onepin} login --local{folder}, then {onepin} keys create NAME. Or by HTTP:",
        "",
        f"  curl -X POST {config.base_url}/api/v1/api-keys -H 'Authorization: Bearer {token}' "
        "-H 'Content-Type: application/json' -d '{\"name\":\"my first key\"}'",
        "",
        "Use it (put its api_key in place of API_KEY):",
        "",
        f"  curl {config.base_url}/api/v1/auth/whoami -H 'Authorization: Bearer API_KEY'",
        "",
        f"The session token in the first command is good until {expires:%H:%M} UTC; a new one: {onepin} token{folder}",
        'In PowerShell older than 7.3, write curl.exe, and \\" for each " between the single quotes.',
        "Ctrl-C stops the server.",
    ]


def command_name() -> str:
    """How to call this very program again: by name, by the checkout's script, or by its path."""
    program = Path(sys.argv[0]).absolute()
    found = shutil.which("onepin")
    if found is not None and Path(found).absolute() == program:
        return "onepin"
    script = program.parents[2] / "scripts" / "onepin" if len(program.parents) > 2 else program
    if not script.exists():
        script = program
    return str(script.relative_to(Path.cwd()) if script.is_relative_to(Path.cwd()) else script)
