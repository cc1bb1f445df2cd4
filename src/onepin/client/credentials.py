"""The credentials file: ``~/.onepin/credentials``, TOML, a table per profile, readable by its owner alone.

The format is that of the published command line: ``[default]`` with ``api_key`` and ``base_url``. ``token``,
``session`` (the refresh secret of a device sign-in) and ``workspace_id`` may stand beside them; what else does is kept.
"""

import contextlib
import os
import re
import stat
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from onepin.client.device_session import DeviceSession
from onepin.client.errors import OnePinConfigurationError
from onepin.client.secret import Secret

DEFAULT_PROFILE = "default"
PUBLIC = frozenset({"base_url", "workspace_id"})
"""What of a profile may be shown. Everything else is taken for a secret."""
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)


@dataclass(frozen=True)
class Profile:
    """What the file says about one deployment. Its secrets show masked."""

    name: str = DEFAULT_PROFILE
    values: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def api_key(self) -> Secret | None:
        """An API key, if one is stored."""
        return self.secret("api_key")

    @property
    def token(self) -> Secret | None:
        """A session token, if one is stored."""
        return self.secret("token")

    @property
    def session(self) -> DeviceSession | None:
        """What gets session tokens, if a device sign-in is stored (its refresh secret, as ``session``)."""
        secret = self.secret("session")
        return DeviceSession(secret) if secret else None

    @property
    def base_url(self) -> str | None:
        """The server that the profile's credentials are for."""
        return self.values.get("base_url")

    @property
    def workspace_id(self) -> str | None:
        """The workspace to work in; None: the personal one."""
        return self.values.get("workspace_id")

    def secret(self, name: str) -> Secret | None:
        """Another value of the profile, masked."""
        text = self.values.get(name)
        return Secret(text) if text else None

    def __repr__(self) -> str:
        shown = {name: text if name in PUBLIC else str(Secret(text)) for name, text in self.values.items()}
        return f"Profile({self.name!r}, {shown})"


class CredentialsFile:
    """Reads and writes the file. Nothing is kept between two calls."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or home_folder() / "credentials"

    def load(self, profile: str = DEFAULT_PROFILE) -> Profile | None:
        """The profile of that name; None where there is no such profile, or no file.

        Raises:
            OnePinConfigurationError: the file is open to others, can't be read, or is no TOML.
        """
        values = self._parsed(self._text()).get(profile)
        return None if values is None else Profile(profile, values)

    def profiles(self) -> list[str]:
        """The names of all profiles, in the order of the file. Raises as ``load`` does."""
        return list(self._parsed(self._text()))

    def save(self, profile: str, values: Mapping[str, str | None]) -> None:
        """Set ``values`` in a profile, which is made if need be; None removes a value. The rest stays as it is.

        The file is replaced as a whole (mode 0600, its folder made with 0700), so that nobody reads half of it.

        Raises:
            OnePinConfigurationError: as ``load``; or the name of the profile is not 1–64 letters, digits, - and _.
        """
        if not _NAME.fullmatch(profile):
            raise OnePinConfigurationError(f"profile {profile!r}: use 1 to 64 letters, digits, hyphens, underscores")
        text = self._text()
        merged = {**self._parsed(text).get(profile, {}), **values}
        kept = {name: value for name, value in merged.items() if value is not None}
        self._replace(profile, text, kept)

    def remove(self, profile: str = DEFAULT_PROFILE) -> bool:
        """Forget a profile; the file goes with the last one. False when there was none. Raises as ``load`` does."""
        text = self._text()
        if profile not in self._parsed(text):
            return False
        self._replace(profile, text, None)
        return True

    def _text(self) -> str:
        with contextlib.suppress(FileNotFoundError), self._reading():
            return self.path.read_text("utf-8")
        return ""

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            self._refuse_if_open_to_others()
            yield
        except (OSError, UnicodeDecodeError) as error:
            if isinstance(error, FileNotFoundError):
                raise
            reason = getattr(error, "strerror", None) or "it is not UTF-8"
            raise OnePinConfigurationError(f"{self.path} can't be read: {reason}") from None

    def _refuse_if_open_to_others(self) -> None:
        if os.name != "posix":
            return
        if self.path.stat().st_mode & 0o077:
            raise OnePinConfigurationError(
                f"{self.path} is open to other users of this machine. Close it: chmod 600 {self.path}"
            )
        if self.path.parent.stat().st_mode & 0o022:
            folder = self.path.parent
            raise OnePinConfigurationError(f"Others can replace files in {folder}. Close it: chmod 700 {folder}")

    def _parsed(self, text: str) -> dict[str, dict[str, str]]:
        try:
            tables = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            line = re.search(r"line \d+", str(error))  # the rest of its text quotes the file
            where = f", {line[0]}" if line else ""
            raise OnePinConfigurationError(f"{self.path} is no valid TOML{where}. Mend it or remove it.") from None
        return {
            name: {key: value for key, value in table.items() if isinstance(value, str)}
            for name, table in tables.items()
            if isinstance(table, dict)
        }

    def _replace(self, profile: str, text: str, values: Mapping[str, str] | None) -> None:
        """Write ``text`` with one profile changed; what stands elsewhere, comments too, stays as it is."""
        expected = {name: table for name, table in self._parsed(text).items() if name != profile}
        written = _without(text, profile)
        if values is not None:
            expected[profile] = dict(values)
            written += ("\n" if written else "") + _table(profile, values)
        if self._parsed(written) != expected:
            raise OnePinConfigurationError(f"{self.path} has an unusual form; edit profile {profile!r} by hand.")
        if not expected:
            self.path.unlink(missing_ok=True)
            return
        _write(self.path.resolve(), written)


def home_folder() -> Path:
    """``~/.onepin``."""
    return Path("~/.onepin").expanduser()


def _without(text: str, profile: str) -> str:
    """``text`` without the table of that name: from its heading to the next one."""
    starts = [match.start() for match in _TABLE.finditer(text)] or [len(text)]
    parts = [text[: starts[0]]] + [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
    heading = re.compile(rf"[ \t]*\[[ \t]*[\"']?{re.escape(profile)}[\"']?[ \t]*\]")
    kept = "".join(_comments_behind(part) if heading.match(part) else part for part in parts)
    return kept.rstrip() + "\n" if kept.strip() else ""


def _comments_behind(part: str) -> str:
    """The comments at the end of a table, which speak of the next one."""
    lines = part.splitlines(keepends=True)
    while lines and (lines[-1].isspace() or lines[-1].lstrip().startswith("#")):
        lines.pop()
    return part.removeprefix("".join(lines)).lstrip()


def _table(profile: str, values: Mapping[str, str]) -> str:
    lines = [f"{_key(name)} = {_quoted(value)}\n" for name, value in values.items()]
    return f"[{profile}]\n{''.join(lines)}"


def _key(name: str) -> str:
    return name if _NAME.fullmatch(name) else _quoted(name)


def _quoted(text: str) -> str:
    """A TOML basic string (TOML 1.0, section String)."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in escaped) + '"'


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(mode=stat.S_IRWXU, parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".credentials-")  # made with mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
