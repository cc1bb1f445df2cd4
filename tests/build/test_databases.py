"""The PostgreSQL that tests run on is real, private, and never outlives them."""

import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

import databases
from databases import PostgresCluster, database_name, ended

USE_IT = """
import sys, time
import databases
with databases.PostgresCluster() as cluster:
    print(cluster.pid, cluster.folder, flush=True)
    time.sleep(60)
"""


def until(holds: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture(scope="module")
def durable() -> Iterator[PostgresCluster]:
    with PostgresCluster(fsync=True) as cluster:
        yield cluster


@pytest.fixture
def user() -> Iterator[tuple[subprocess.Popen[str], psutil.Process, Path]]:
    """A process that uses a cluster, the server's process, and the cluster's folder."""
    environment = os.environ | {"PYTHONPATH": str(Path(databases.__file__).parent)}
    command = [sys.executable, "-c", USE_IT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment) as it:
        assert it.stdout is not None
        pid, folder = it.stdout.readline().split()
        yield it, psutil.Process(int(pid)), Path(folder)
        it.kill()


def test_it_is_postgresql_18(postgres_server: PostgresCluster) -> None:
    assert postgres_server.execute("SHOW server_version").startswith("18.")


def test_a_fresh_database_is_empty_and_alone(postgres_server: PostgresCluster) -> None:
    one, other = postgres_server.fresh_database(), postgres_server.fresh_database()
    postgres_server.execute("CREATE TABLE mine (n int)", database_name(one))
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    assert postgres_server.execute(tables, database_name(one)) == "1"
    assert postgres_server.execute(tables, database_name(other)) == "0"
    for url in (one, other):
        postgres_server.drop_database(url)
    assert database_name(one) not in postgres_server.execute("SELECT datname FROM pg_database").split()


def test_a_template_is_prepared_once_and_copied(postgres_server: PostgresCluster) -> None:
    prepared: list[str] = []
    name = f"prepared_{os.getpid()}"

    def prepare(url: str) -> None:
        prepared.append(url)
        postgres_server.execute("CREATE TABLE t (n int); INSERT INTO t VALUES (7)", database_name(url))

    for _ in range(2):
        copy = postgres_server.fresh_database(postgres_server.template(name, prepare))
        assert postgres_server.execute("SELECT n FROM t", database_name(copy)) == "7"
        postgres_server.drop_database(copy)
    assert len(prepared) == 1


def test_a_template_whose_preparation_failed_is_not_used(postgres_server: PostgresCluster) -> None:
    name = f"broken_{os.getpid()}"
    with pytest.raises(ZeroDivisionError):
        postgres_server.template(name, lambda _: 1 / 0)
    copy = postgres_server.fresh_database(postgres_server.template(name, lambda _: None))
    postgres_server.drop_database(copy)


def test_a_refused_statement_says_why(postgres_server: PostgresCluster) -> None:
    with pytest.raises(RuntimeError, match="syntax error"):
        postgres_server.execute("SELEC 1")


def test_every_worker_of_a_run_shares_one_server(postgres_server: PostgresCluster) -> None:
    with PostgresCluster(folder=postgres_server.folder) as same:
        assert same.pid == postgres_server.pid
    assert psutil.pid_exists(postgres_server.pid)


def test_a_connection_without_the_password_is_refused(postgres_server: PostgresCluster) -> None:
    """Otherwise any user of the machine could run programs as the developer, through a superuser's COPY."""
    psql = postgres_server.programs() / "psql"
    wrong = postgres_server.url().replace(":", ":x", 2).replace("x//", "//", 1)
    done = subprocess.run([psql, "-XqAt", "-d", wrong, "-c", "SELECT 1"], capture_output=True, text=True, check=False)
    assert "password authentication failed" in done.stderr
    assert done.stdout == ""


def test_acknowledged_commits_survive_a_kill(durable: PostgresCluster) -> None:
    assert durable.execute("SHOW fsync") == durable.execute("SHOW synchronous_commit") == "on"
    url = durable.fresh_database()
    durable.execute("CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)", database_name(url))
    before, processes = durable.url(), psutil.Process(durable.pid).children()
    assert processes
    durable.kill()
    assert all(ended(process) for process in processes)
    durable.start()
    assert durable.url() == before
    assert durable.execute("SELECT n FROM kept", database_name(url)) == "1"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["clean", "immediate"])
def test_a_stopped_server_starts_again_with_its_data(durable: PostgresCluster, how: signal.Signals) -> None:
    url = durable.fresh_database()
    durable.stop(how)
    with pytest.raises((RuntimeError, FileNotFoundError)):
        durable.execute("SELECT 1")
    durable.start()
    assert durable.execute("SELECT current_database()", database_name(url)) == database_name(url)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["interrupted", "killed"])
def test_the_server_goes_with_its_last_user(
    user: tuple[subprocess.Popen[str], psutil.Process, Path], how: signal.Signals
) -> None:
    process, server, folder = user
    process.send_signal(how)
    until(lambda: ended(server) and not folder.exists())


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")
def test_the_server_goes_with_its_supervisor(user: tuple[subprocess.Popen[str], psutil.Process, Path]) -> None:
    process, server, folder = user
    server.parent().kill()
    until(lambda: ended(server))
    process.send_signal(signal.SIGINT)
    until(lambda: not folder.exists())


def test_a_cluster_that_was_killed_leaves_no_folder() -> None:
    with PostgresCluster() as cluster:
        cluster.kill()
    assert not cluster.folder.exists()


def test_the_machine_is_left_as_it_was() -> None:
    """Otherwise running the tests as root would open the home folder to every user of the machine."""
    path = Path(sys.executable).absolute()
    watched = [Path.home(), *Path(databases.__file__).parents, *path.parents]
    modes = [folder.stat().st_mode for folder in watched]
    with PostgresCluster() as cluster:
        assert cluster.execute("SELECT 1") == "1"
        assert psutil.Process(cluster.pid).username() != "root"
    assert [folder.stat().st_mode for folder in watched] == modes
    assert "embedded_postgres" not in {entry.pw_name for entry in pwd.getpwall()}


def test_databases_come_migrated_and_without_rows(database_url: str) -> None:
    from onepin.server.store.migrate import upgrade

    assert upgrade(database_url) == []
