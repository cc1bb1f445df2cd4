"""The configuration: one frozen value, made once at start from flags and environment, and passed down."""

import dataclasses
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from onepin.contract.scopes import SCOPES
from onepin.server import setting_rules
from onepin.server.setting_values import Network, is_loopback
from onepin.server.settings import CLIENT_NAMES, KUBERNETES_PREFIXES, PREFIX, SETTINGS, Setting

LOCAL_ISSUER_URL = "https://onepin.local"
"""Issuer and authorized party of local sign-in. Fixed, so that another port or host name leaves tokens valid."""


class ConfigError(Exception):
    """The settings can't be used. ``problems`` has a line for each: which one, why, what is allowed."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Config:
    """Every setting, parsed and checked. The table in ``settings`` says what each one means."""

    host: str
    port: int
    public_url: str | None
    allowed_hosts: tuple[str, ...]
    cors_origins: tuple[str, ...]
    data_dir: Path
    database_url: str
    pepper: str | None
    pepper_file: Path | None
    sign_up: Literal["open", "invited"]
    clerk_issuer: str | None
    clerk_jwks_url: str | None
    clerk_jwt_key: str | None
    clerk_authorized_parties: tuple[str, ...]
    clerk_allow_missing_azp: bool
    clerk_publishable_key: str | None
    clerk_webhook_secret: str | None
    allow_local_sign_in: bool
    key_prefix: str
    key_prefixes_accepted: tuple[str, ...]
    scopes: tuple[str, ...]
    extra_scopes: tuple[str, ...]
    default_scopes: tuple[str, ...]
    default_rate_limit_per_min: int | None
    idempotency_secret_minutes: int
    trusted_proxies: tuple[Network, ...]
    failures_per_min: int | None
    metrics_token: str | None
    drain_seconds: float
    log_format: Literal["text", "json"]
    access_log: Literal["all", "errors", "off"]
    docs_feedback: Literal["on", "off"]

    @classmethod
    def load(cls, env: Mapping[str, str], flags: Mapping[str, str], *, starting: bool = False) -> "Config":
        """The configuration that ``env`` and ``flags`` give; a flag wins over the variable of the same setting.

        Args:
            env: The environment. An empty value counts as none; names outside ``ONEPIN_`` are ignored.
            flags: Texts by field name (``{"data_dir": "/srv/onepin"}``).
            starting: Also demand what only a server that starts needs: the pepper.

        Raises:
            ConfigError: A value is bad, values don't go together, or an ``ONEPIN_`` name is unknown.
        """
        problems = _unknown_names(env)
        values: dict[str, Any] = {}
        for setting in SETTINGS:
            name, text = _given(setting, env, flags)
            try:
                values[setting.field] = None if text is None else setting.parse(text)
            except ValueError as error:
                problems.append(_problem(setting, name, text or "", str(error)))
        if problems:
            raise ConfigError(tuple(problems))
        problems = setting_rules.missing_or_contradicting(values, starting=starting)
        if problems:
            raise ConfigError(tuple(problems))
        return cls(**setting_rules.completed(values))

    @property
    def embedded(self) -> bool:
        """Whether local sign-in is the only one: no Clerk issuer is set."""
        return self.clerk_issuer is None

    @property
    def local_issuer(self) -> bool:
        """Whether tokens of local sign-in are accepted."""
        return self.embedded or self.allow_local_sign_in

    @property
    def local_issuer_url(self) -> str:
        """The ``iss`` and ``azp`` of local sign-in's tokens."""
        return LOCAL_ISSUER_URL

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the port."""
        return is_loopback(self.host)

    @property
    def base_url(self) -> str:
        """Where clients find the server, without a slash at the end: the public URL, else host and port."""
        if self.public_url is not None:
            return self.public_url
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def scope_list(self) -> tuple[str, ...]:
        """The scopes that may be granted, each once."""
        return tuple(dict.fromkeys((self.scopes or SCOPES) + self.extra_scopes))

    @property
    def database_path(self) -> Path | None:
        """The file of the SQLite database, or None on PostgreSQL."""
        path = self.database_url.removeprefix("sqlite:///")
        return None if path == self.database_url else Path(path)

    @property
    def pepper_path(self) -> Path:
        """The file that holds the pepper unless ``pepper`` is set."""
        return self.pepper_file or self.data_dir / "pepper"

    @property
    def makes_pepper(self) -> bool:
        """Whether a missing pepper is made at the first start: nobody else can have another one then."""
        return setting_rules.makes_pepper(self.clerk_issuer, self.database_url)

    def allows_host(self, header: str) -> bool:
        """Whether a request with this Host header is answered. An allowed host without a port allows every port."""
        host = header.lower()
        if host in self.allowed_hosts:
            return True
        name, colon, port = host.rpartition(":")
        return bool(colon) and port.isascii() and port.isdigit() and name in self.allowed_hosts

    def shown(self) -> dict[str, str]:
        """The settings by environment name, as text, secrets masked."""
        return {setting.env: _shown(setting, getattr(self, setting.field)) for setting in SETTINGS}

    def listening_at(self, port: int) -> "Config":
        """The same with the port that was taken, where ``port`` was 0."""
        return dataclasses.replace(self, port=port)

    def __repr__(self) -> str:
        return "Config(" + ", ".join(f"{name}={value!r}" for name, value in self.shown().items()) + ")"


def _given(setting: Setting, env: Mapping[str, str], flags: Mapping[str, str]) -> tuple[str, str | None]:
    """Where a setting's text comes from, for the message, and the text."""
    flag = flags.get(setting.field)
    if flag is not None:
        return setting.flag or setting.env, flag
    text = env.get(setting.env, "").strip()
    return setting.env, text or setting.default


def _problem(setting: Setting, name: str, text: str, reason: str) -> str:
    if name == "ONEPIN_PORT" and text.startswith("tcp://"):
        return (
            "ONEPIN_PORT was set by Kubernetes, for a Service called onepin: put 'enableServiceLinks: false' into the "
            "pod's spec, or give the port as --port"
        )
    # A database's URL has a password in it, and a bad one can't be masked with certainty.
    value = "" if setting.secret or setting.field == "database_url" else f" is {text[:80]!r}"
    return f"{name}{value}: {reason}. Allowed: {setting.allowed}"


def _unknown_names(env: Mapping[str, str]) -> list[str]:
    known = {setting.env for setting in SETTINGS} | CLIENT_NAMES
    problems = []
    for name in sorted(env):
        if not name.startswith(PREFIX) or name in known or name.startswith(KUBERNETES_PREFIXES):
            continue
        near = difflib.get_close_matches(name, sorted(known - CLIENT_NAMES), n=1)
        hint = f"did you mean {near[0]}?" if near else "'onepin config' lists the settings there are"
        problems.append(f"{name[:80]}: there is no such setting; {hint}")
    return problems


def _shown(setting: Setting, value: object) -> str:
    if value is None or value == ():
        return "none" if setting.default is not None else ""  # none was asked for, or nothing was
    if setting.secret:
        return "(set, not shown)"
    if setting.field == "database_url":
        return masked_url(str(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ",".join(str(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def masked_url(url: str) -> str:
    """``url`` with ``***`` in place of its password and of query parameters that may be one."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    name, colon, _ = user.partition(":")
    query = "&".join(
        f"{pair.partition('=')[0]}=***" if "pass" in pair.partition("=")[0].lower() else pair
        for pair in parts.query.split("&")
    )
    netloc = f"{name}{':***' if colon else ''}{at}{host}"
    return parts._replace(netloc=netloc, query=query).geturl() if at or query else url
