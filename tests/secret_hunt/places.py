"""Everything that a database leaves on disk, and what it can be made to print."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import databases


class Sqlite:
    """A SQLite database's files."""

    def __init__(self, path: Path) -> None:
        self.url = f"sqlite:///{path}"
        self._path = path

    def contents(self) -> Iterator[tuple[str, bytes]]:
        """The database, its log and its index, while a server has them open or after."""
        yield "the database", self._path.read_bytes()
        for suffix in ("-wal", "-shm"):
            beside = self._path.with_name(self._path.name + suffix)
            if beside.exists():
                yield beside.name, beside.read_bytes()


class Postgres:
    """A PostgreSQL database: its dump, its files, its write-ahead log, and a log of every statement with parameters."""

    def __init__(self, cluster: databases.PostgresCluster) -> None:
        self._cluster = cluster
        self.url = cluster.fresh_database(cluster.template("migrated", databases.migrate))
        name = databases.database_name(self.url)
        self._number = cluster.execute(f"SELECT oid FROM pg_database WHERE datname = '{name}'")  # noqa: S608
        cluster.execute(f"ALTER DATABASE \"{name}\" SET log_statement = 'all'")
        self._began = cluster.execute("SELECT pg_walfile_name(pg_current_wal_lsn())")
        self._logged = len(cluster.log())

    def contents(self) -> Iterator[tuple[str, bytes]]:
        """All of it, after a checkpoint."""
        self._cluster.execute("CHECKPOINT")
        yield "pg_dump", self._dump()
        yield "PostgreSQL's log", self._cluster.log()[self._logged :].encode()
        data = self._cluster.folder / "data"
        for path in sorted((data / "base" / self._number).iterdir()):
            yield f"base/{path.name}", path.read_bytes()
        for path in sorted((data / "pg_wal").iterdir()):
            if path.is_file() and path.name >= self._began:
                yield f"pg_wal/{path.name}", path.read_bytes()

    def _dump(self) -> bytes:
        at = urlsplit(self.url)
        program = self._cluster.programs() / "pg_dump"
        command = [str(program), "-h", str(at.hostname), "-p", str(at.port), "-U", str(at.username), at.path.strip("/")]
        return subprocess.run(command, check=True, capture_output=True, env={"PGPASSWORD": str(at.password)}).stdout


Place = Sqlite | Postgres
