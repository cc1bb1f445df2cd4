"""What ``onepin doctor`` looks at on the machine of a server: settings, data folder, database, peppers, sign-in."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from onepin.cli.doctor.finding import Finding, failed, ok, warning
from onepin.cli.operate.deployment import deployment
from onepin.server.config import Config, ConfigError, masked_url
from onepin.server.identity.jwks_fetch import FetchFailed, JwksEndpoint
from onepin.server.identity.local import KEY_FILE, LocalIssuer
from onepin.server.logs import redact
from onepin.server.store.store import StoreError


def default_folder_used() -> bool:
    """Whether a server of this user has run with the default data folder."""
    try:
        return (Config.load({}, {}).data_dir / KEY_FILE).exists()
    except (ConfigError, OSError):
        return False


def diagnosis(data_dir: str | None) -> Iterator[Finding]:
    """Look at it; nothing is changed, and a running server is not disturbed."""
    flags = {} if data_dir is None else {"data_dir": data_dir}
    try:
        config = Config.load(os.environ, flags, starting=True)
    except ConfigError as error:
        for line in error.problems:
            yield failed("settings", line, "'onepin serve' would not start; docs/reference/settings.md has them all.")
        return
    yield ok("settings", "they can be used; 'onepin config' shows them")
    if config.local_issuer or config.pepper is None:
        yield from _folder(config)
    yield from _proxy(config)
    yield _dashboard(config)
    yield from _gathered(config)


def _folder(config: Config) -> Iterator[Finding]:
    folder = config.data_dir
    if not folder.exists():
        yield warning("data folder", f"{folder} does not exist yet.", "The first 'onepin serve' makes it.")
        return
    mode = folder.stat().st_mode
    if mode & 0o077:
        yield warning("data folder", f"{folder} is open to other users of this machine.", f"chmod 700 {folder}")
    elif not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield failed("data folder", f"{folder} belongs to another user.", "Run this as the user of the server.")
    else:
        yield ok("data folder", str(folder))


def _proxy(config: Config) -> Iterator[Finding]:
    if config.public_url is None:
        if not config.loopback:
            yield warning(
                "public address",
                "the server listens on an address that others reach, and does not know by which URL.",
                "Set ONEPIN_PUBLIC_URL, for the links in answers.",
            )
        return
    if config.public_url.startswith("http://") and "localhost" not in config.public_url:
        yield warning("public address", f"{config.public_url} is not encrypted.", "Put TLS before it, and say https.")
    if not config.trusted_proxies:
        yield warning(
            "proxy",
            "ONEPIN_PUBLIC_URL is set, ONEPIN_TRUSTED_PROXIES is not: all who come through a proxy count as one.",
            "Set it to the proxy's addresses; see docs/how-to/nginx.md.",
        )
    else:
        yield ok("proxy", f"reached as {config.public_url}; forwarded addresses of the trusted proxies are believed")


def _dashboard(config: Config) -> Finding:
    from onepin.server.edge.dashboard import clerk_origin, page_policy

    if clerk_origin(config) is None and not config.local_issuer:
        nobody = "nobody can sign in to it: Clerk is set up without its publishable key."
        return warning("dashboard", nobody, "Set ONEPIN_CLERK_PUBLISHABLE_KEY.")
    return ok("dashboard", f"its Content-Security-Policy: {page_policy(config)}")


def _gathered(config: Config) -> list[Finding]:
    async def gather() -> list[Finding]:
        found = [finding async for finding in _database(config)]
        return found + [finding async for finding in _issuer(config)]

    return asyncio.run(gather())


async def _database(config: Config) -> AsyncIterator[Finding]:
    shown = masked_url(config.database_url)
    if config.database_path is not None and not config.database_path.exists():
        yield warning("database", f"there is none at {config.database_path} yet.", "The first 'onepin serve' makes it.")
        return
    try:
        peppers, store = deployment(config)
        await store.start(migrate=False, beside=True)
    except (StoreError, OSError, ValueError) as error:
        yield failed("database", redact(str(error)), f"It is {shown}.")
        return
    try:
        yield ok("database", f"{shown}, its schema is this version's")
        await peppers.refresh()
        status = await peppers.status()
    except (StoreError, OSError, ValueError) as error:
        yield failed("pepper", redact(str(error)), "docs/how-to/rotate-the-pepper.md")
        return
    finally:
        await store.close()
    needed = {int(step) for chain, _ in (*status.keys, *status.verifiers) for step in chain.split(">")}
    if peppers.missing is not None:
        needed.add(peppers.missing)
    if absent := sorted(needed - set(peppers.held)):
        versions = ", ".join(map(str, absent))
        yield failed(
            "pepper",
            f"version {versions} is needed and not held here: keys made with it do not verify.",
            f"Restore it, in ONEPIN_PEPPER_FILE ({config.pepper_path}) or ONEPIN_PEPPER.",
        )
    else:
        yield ok("pepper", f"version {peppers.current} is current, every one that is needed is here")


async def _issuer(config: Config) -> AsyncIterator[Finding]:
    if config.local_issuer:
        yield _local_issuer(config.data_dir, config.local_issuer_url)
    if config.clerk_issuer is None:
        return
    if config.clerk_jwt_key is not None:
        yield ok("issuer", f"Clerk, {config.clerk_issuer}; its key is in ONEPIN_CLERK_JWT_KEY")
        return
    url = config.clerk_jwks_url or f"{config.clerk_issuer}/.well-known/jwks.json"
    try:
        await JwksEndpoint(url).fetch()
    except (FetchFailed, ValueError) as error:
        yield failed(
            "issuer", f"Clerk's keys at {url} can't be had: {error}.", "Nobody can sign in. Is the issuer right?"
        )
    else:
        yield ok("issuer", f"Clerk, {config.clerk_issuer}; its keys can be fetched")


def _local_issuer(folder: Path, url: str) -> Finding:
    if not (folder / KEY_FILE).exists():
        return warning("issuer", "local sign-in has no key yet.", "The first 'onepin serve' makes it.")
    try:
        LocalIssuer.load_or_create(folder, url)
    except (OSError, ValueError) as error:
        return failed("issuer", str(error), "Nobody can sign in locally until then.")
    return ok("issuer", "local sign-in works")
