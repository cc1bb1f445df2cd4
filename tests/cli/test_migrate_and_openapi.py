import json
from pathlib import Path

import httpx

from command_line import Run, Serve


def test_migrate_says_what_it_did_and_does_nothing_the_second_time(onepin: Run, tmp_path: Path) -> None:
    first = onepin("migrate", "--database-url", "sqlite:///keys.db")
    assert first.returncode == 0, first.stderr
    assert first.stdout.splitlines()
    assert f"applied to sqlite:///{tmp_path / 'keys.db'}" in first.stderr
    second = onepin("migrate", "--database-url", "sqlite:///keys.db")
    assert (second.returncode, second.stdout) == (0, "")
    assert "nothing to do" in second.stderr


def test_migrate_makes_the_data_folder_of_the_default_database(onepin: Run, tmp_path: Path) -> None:
    assert onepin("migrate", "--data-dir", "kept").returncode == 0
    assert (tmp_path / "kept" / "onepin.db").exists()
    assert (tmp_path / "kept").stat().st_mode & 0o077 == 0


def test_migrate_beside_a_running_server_is_refused(serve: Serve, onepin: Run) -> None:
    serve()
    done = onepin("migrate")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("Error: ")


def test_migrate_explains_a_database_that_is_not_there_without_its_password(onepin: Run) -> None:
    """Otherwise the log of a failed deployment would hold the database's password."""
    done = onepin("migrate", ONEPIN_DATABASE_URL="postgresql://onepin:hunter2hunter2@127.0.0.1:1/onepin")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert "hunter2" not in done.stderr
    assert "Traceback" not in done.stderr


def test_openapi_prints_what_the_server_answers_sorted(serve: Serve, onepin: Run) -> None:
    done = onepin("openapi", ONEPIN_PORT="not needed")
    assert done.returncode == 0
    document = json.loads(done.stdout)
    assert done.stdout == json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    assert httpx.get(f"{serve().url}/openapi.json", trust_env=False).json() == document
