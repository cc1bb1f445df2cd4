"""Where a new secret goes: standard output, a file of its own, or one variable of an env file."""

import contextlib
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

import click

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ENTRY = re.compile(
    r"""(?P<head>[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*)
        (?P<value>"(?:\\.|[^"\\])*"|'[^']*'|`[^`]*`|[^\r\n]*?)
        (?P<tail>[ \t]*(?:[ \t]\#[^\r\n]*)?(?:\r?\n|\Z))
      | [^\n]*(?:\n|\Z)""",
    re.VERBOSE,
)


class CannotWrite(click.UsageError):
    """A file can't take the secret; found out before there is one."""


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A file that is made, 0600, with the secret and a line end in it. One that exists is never overwritten."""

    path: Path

    def check(self) -> None:
        """See that it can be made. Raises ``CannotWrite``."""
        if self.path.exists() or self.path.is_symlink():
            raise CannotWrite(f"{self.path} exists already. Choose another --output-file, or move it away first.")
        _check_folder(self.path)

    def write(self, secret: str) -> None:
        """Make it. Raises ``OSError``."""
        with os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secret + "\n")
            file.flush()
            os.fsync(file.fileno())

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True, slots=True)
class EnvFile:
    """One variable of an env file. Everything else in it stays as it is, its mode too; a new one is 0600."""

    path: Path
    name: str

    def check(self) -> None:
        """See that it can be changed. Raises ``CannotWrite``."""
        if NAME.fullmatch(self.name) is None:
            raise CannotWrite(f"{self.name!r} is no name of a variable: letters, digits and _, no digit first.")
        target = self._target()
        _check_folder(target)
        try:
            self._read(target)
        except (OSError, UnicodeDecodeError) as error:
            raise CannotWrite(f"{self.path} can't be read as text: {error}") from None

    def write(self, secret: str) -> None:
        """Put it in: readers see the old file or the new one, never a part. Raises ``OSError``."""
        target = self._target()
        old = self._read(target)
        mode = target.stat().st_mode & 0o7777 if target.exists() else 0o600
        draft = target.with_name(f".{target.name}.{secrets.token_hex(6)}.tmp")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(with_variable(old, self.name, secret).encode())
                file.flush()
                os.fchmod(file.fileno(), mode)
                with contextlib.suppress(OSError):
                    os.fchown(file.fileno(), target.stat().st_uid, target.stat().st_gid)
                os.fsync(file.fileno())
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)

    def readable_by_others(self) -> bool:
        """Whether other users of the machine can read it."""
        target = self._target()
        return target.exists() and bool(target.stat().st_mode & 0o077)

    def _target(self) -> Path:
        return self.path.resolve()  # through a symbolic link: the link stays one

    @staticmethod
    def _read(target: Path) -> str:
        return target.read_bytes().decode() if target.exists() else ""

    def __str__(self) -> str:
        return f"{self.path} as {self.name}"


Sink = OutputFile | EnvFile


def with_variable(text: str, name: str, value: str) -> str:
    """The env file ``text`` with ``name`` set to ``value``, wherever it stood; at the end if it stood nowhere.

    Every definition of the name is changed: which of several counts differs among those who read such files.
    """
    parts, found, position = [], False, 0
    while position < len(text):
        entry = _ENTRY.match(text, position)
        if entry is None or entry.end() == position:
            break
        if entry["name"] == name:
            found = True
            parts.append(entry["head"] + value + entry["tail"])
        else:
            parts.append(entry[0])
        position = entry.end()
    changed = "".join(parts) + text[position:]
    if found:
        return changed
    line_end = "\r\n" if "\r\n" in text else "\n"
    return changed + ("" if not changed or changed.endswith("\n") else line_end) + f"{name}={value}{line_end}"


def _check_folder(path: Path) -> None:
    folder = path.parent
    if path.is_dir():
        raise CannotWrite(f"{path} is a folder.")
    if not folder.is_dir():
        raise CannotWrite(f"the folder {folder} does not exist.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise CannotWrite(f"nothing can be written to the folder {folder}.")
