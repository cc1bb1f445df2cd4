"""Where a secret goes: a file of its own, or one variable of an env file."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onepin.cli.secret_sinks import CannotWrite, EnvFile, OutputFile, with_variable


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "KEY=new\n"),
        ("KEY=old\n", "KEY=new\n"),
        ("KEY=old", "KEY=new"),
        ("A=1\nKEY=old\nB=2\n", "A=1\nKEY=new\nB=2\n"),
        ("A=1", "A=1\nKEY=new\n"),
        ("A=1\r\nKEY=old\r\n", "A=1\r\nKEY=new\r\n"),
        ("A=1\r\n", "A=1\r\nKEY=new\r\n"),
        ("export KEY=old\n", "export KEY=new\n"),
        ("  KEY = old # why\n", "  KEY = new # why\n"),
        ('KEY="old value"\n', "KEY=new\n"),
        ('KEY="two\nlines"\nB=2\n', "KEY=new\nB=2\n"),
        ('KEY="with \\" quote"\n', "KEY=new\n"),
        ("KEY='old'\nKEY=older\n", "KEY=new\nKEY=new\n"),
        ("# KEY=old\n", "# KEY=old\nKEY=new\n"),
        ("KEYS=1\nMY_KEY=2\n", "KEYS=1\nMY_KEY=2\nKEY=new\n"),
        ('PEM="line\nKEY=inside\n"\n', 'PEM="line\nKEY=inside\n"\nKEY=new\n'),
        ("KEY=\n", "KEY=new\n"),
        ("KEY=old#no comment\n", "KEY=new\n"),
        ("just some words\nKEY=old\n", "just some words\nKEY=new\n"),
    ],
)
def test_one_variable_changes_and_nothing_else(before: str, after: str) -> None:
    assert with_variable(before, "KEY", "new") == after


LINES = st.lists(
    st.one_of(
        st.from_regex(r"[A-J]=[a-z ]{0,8}", fullmatch=True),
        st.from_regex(r'[A-J]="[a-z\n]{0,8}"', fullmatch=True),
        st.just(""),
        st.just("# a comment"),
    ),
    max_size=12,
)


@given(LINES)
def test_every_other_line_stays_byte_for_byte(lines: list[str]) -> None:
    text = "".join(line + "\n" for line in lines)
    changed = with_variable(text, "KEY", "new")
    assert changed == text + "KEY=new\n"
    assert with_variable(changed, "KEY", "newer") == text + "KEY=newer\n"


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
def test_an_env_file_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    path = tmp_path / ".env"
    path.write_text("A=1\n")
    path.chmod(mode)
    sink = EnvFile(path, "KEY")
    sink.check()
    sink.write("secret")
    assert path.read_text() == "A=1\nKEY=secret\n"
    assert path.stat().st_mode & 0o777 == mode
    assert sink.readable_by_others() is (mode != 0o600)
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_env_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """If this failed, every user of the machine could read the key."""
    before = os.umask(0)
    try:
        EnvFile(tmp_path / ".env", "KEY").write("secret")
        OutputFile(tmp_path / "key").write("secret")
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_a_link_to_an_env_file_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "env").write_text("A=1\n")
    (tmp_path / ".env").symlink_to("shared/env")
    EnvFile(tmp_path / ".env", "KEY").write("secret")
    assert (tmp_path / ".env").is_symlink()
    assert (tmp_path / "shared" / "env").read_text() == "A=1\nKEY=secret\n"


def test_a_file_with_a_secret_is_never_overwritten(tmp_path: Path) -> None:
    """If this failed, a second run would lose the first key's secret, which nobody else has."""
    sink = OutputFile(tmp_path / "key")
    sink.check()
    sink.write("first")
    with pytest.raises(CannotWrite, match="exists already"):
        sink.check()
    with pytest.raises(FileExistsError):
        sink.write("second")
    assert (tmp_path / "key").read_text() == "first\n"


def test_what_can_not_be_written_is_found_before(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for sink, why in (
        (OutputFile(tmp_path / "none" / "key"), "does not exist"),
        (OutputFile(tmp_path), "exists already"),
        (EnvFile(tmp_path, "KEY"), "is a folder"),
        (EnvFile(tmp_path / ".env", "MY-KEY"), "no name of a variable"),
        (EnvFile(tmp_path / "binary", "KEY"), "can't be read as text"),
    ):
        with pytest.raises(CannotWrite, match=why):
            sink.check()
