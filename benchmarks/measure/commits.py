"""How many commits a SQLite database took: counted in its write-ahead log, without slowing its writer.

With ``synchronous=FULL`` each commit is one sync of the log (https://sqlite.org/pragma.html#pragma_synchronous), so
this is the number of syncs that acknowledged writes waited for; what checkpoints sync besides is not in it.
"""

import struct
from pathlib import Path
from types import TracebackType
from typing import Self

from pysqlite3 import dbapi2 as driver

_HEADER, _FRAME = 32, 24


class CommitCounter:
    """Counts the commits to the database ``path`` between the ``with`` and its end; ``commits`` has the number then.

    A reader keeps a snapshot open meanwhile. While there is one, the log grows instead of being begun anew.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.commits = 0

    def __enter__(self) -> Self:
        self._reader = driver.connect(f"file:{self._path}?mode=ro", uri=True, isolation_level=None)
        self._reader.execute("BEGIN")
        self._reader.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        self._before = self._log()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        salts, commits = self._log()
        self._reader.close()
        # A snapshot of a database whose log was all copied back lets the log begin anew once.
        self.commits = commits - (self._before[1] if salts == self._before[0] else 0)

    def _log(self) -> tuple[bytes, int]:
        """The salts of the log as it is, and how many of its frames end a commit (https://sqlite.org/walformat.html)."""
        with Path(f"{self._path}-wal").open("rb") as log:
            header = log.read(_HEADER)
            if len(header) < _HEADER:
                return b"", 0
            page_size, salts = struct.unpack(">I", header[8:12])[0], header[16:24]
            commits = 0
            while len(frame := log.read(_FRAME)) == _FRAME and frame[8:16] == salts:
                commits += frame[4:8] != b"\0\0\0\0"
                log.seek(page_size, 1)
            return salts, commits
