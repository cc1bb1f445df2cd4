"""The credentials file: what is in it, who may read it, and what a change leaves alone."""

import stat
import subprocess
import threading
from pathlib import Path

import pytest

from onepin import OnePinConfigurationError, Secret
from onepin.client.credentials import CredentialsFile, Profile
from public_client.published import WITH_API_KEYS, client_environment, environment_or_skip

KEY = "pk_live_" + "Ab1" * 12 + "xy"


@pytest.fixture
def file(tmp_path: Path) -> CredentialsFile:
    return CredentialsFile(tmp_path / ".onepin" / "credentials")


def written(file: CredentialsFile, text: str, mode: int = 0o600) -> CredentialsFile:
    file.path.parent.mkdir(mode=0o700, exist_ok=True)
    file.path.write_text(text, "utf-8")
    file.path.chmod(mode)
    return file


def test_where_there_is_no_file_there_is_no_profile(file: CredentialsFile) -> None:
    assert file.load() is None
    assert file.profiles() == []
    assert file.remove() is False
    assert not file.path.parent.exists()


def test_what_was_saved_is_read_again(file: CredentialsFile) -> None:
    awkward = 'quote " backslash \\ tab \t line \n é \x7f [default]'
    file.save("default", {"api_key": KEY, "base_url": "https://keys.example", "odd": awkward})
    profile = file.load()
    assert profile is not None
    assert profile.api_key == Secret(KEY)
    assert (profile.base_url, profile.token, profile.workspace_id) == ("https://keys.example", None, None)
    assert profile.values["odd"] == awkward


def test_file_and_folder_are_the_owners_alone(file: CredentialsFile) -> None:
    """Otherwise other users of the machine could read the key."""
    file.save("default", {"api_key": KEY})
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700
    file.save("default", {"api_key": KEY})
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert [each.name for each in file.path.parent.iterdir()] == ["credentials"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o666])
def test_a_file_open_to_others_is_refused_with_the_command_that_closes_it(file: CredentialsFile, mode: int) -> None:
    """Otherwise a key that everybody can read would go on being used."""
    written(file, f'[default]\napi_key = "{KEY}"\n', mode)
    for attempt in (file.load, file.profiles, file.remove, lambda: file.save("default", {"token": "t"})):
        with pytest.raises(OnePinConfigurationError, match=f"chmod 600 {file.path}"):
            attempt()


def test_a_folder_in_which_others_can_write_is_refused(file: CredentialsFile) -> None:
    """Otherwise others could put their own server and key into its place."""
    written(file, f'[default]\napi_key = "{KEY}"\n')
    file.path.parent.chmod(0o770)
    with pytest.raises(OnePinConfigurationError, match=f"chmod 700 {file.path.parent}"):
        file.load()


@pytest.mark.parametrize("text", ["[default\n", f'api_key = "{KEY}" x', f"[default]\napi_key = {KEY}\n", "[a]\n[a]\n"])
def test_a_broken_file_is_named_and_not_quoted(file: CredentialsFile, text: str) -> None:
    """Otherwise the error about a missing quote would print the key beside it."""
    written(file, text)
    with pytest.raises(OnePinConfigurationError, match="no valid TOML") as caught:
        file.load()
    assert KEY not in str(caught.value)
    with pytest.raises(OnePinConfigurationError):
        file.save("default", {"api_key": "new"})
    assert file.path.read_text("utf-8") == text


def test_a_change_leaves_the_rest_as_it_is(file: CredentialsFile) -> None:
    other = '# mine\n[staging]  # theirs\napi_key = "s"\nnumber = 7\n\n[default.extra]\nkept = "yes"\n'
    written(file, f'[default]\napi_key = "old"\nbase_url = "https://a"\n{other}')
    file.save("default", {"api_key": "new", "workspace_id": "w"})
    assert other in file.path.read_text("utf-8")
    assert (file.load() or Profile()).values == {"api_key": "new", "base_url": "https://a", "workspace_id": "w"}
    with pytest.raises(OnePinConfigurationError, match="by hand"):
        file.remove("default")  # its table has a table inside
    file.remove("staging")
    assert file.profiles() == ["default"]


def test_none_removes_a_value_and_the_last_profile_takes_the_file_along(file: CredentialsFile) -> None:
    file.save("default", {"api_key": "k", "token": "t"})
    file.save("default", {"token": None})
    file.save("other", {"token": "o"})
    assert (file.load() or Profile()).values == {"api_key": "k"}
    assert file.remove() is True
    assert file.profiles() == ["other"]
    assert file.remove("other") is True
    assert not file.path.exists()


@pytest.mark.parametrize("name", ["", "a b", "a]\n[b", 'x"', "é", "x" * 65])
def test_odd_names_of_profiles_are_refused(file: CredentialsFile, name: str) -> None:
    with pytest.raises(OnePinConfigurationError, match="letters, digits"):
        file.save(name, {"api_key": "k"})
    assert not file.path.exists()


def test_a_linked_file_stays_linked(file: CredentialsFile, tmp_path: Path) -> None:
    elsewhere = tmp_path / "dotfiles"
    elsewhere.mkdir(mode=0o700)
    file.path.parent.mkdir(mode=0o700)
    file.path.symlink_to(elsewhere / "credentials")
    file.save("default", {"api_key": "k"})
    assert file.path.is_symlink()
    assert (elsewhere / "credentials").exists()


def test_nobody_reads_half_a_file(file: CredentialsFile) -> None:
    """Otherwise a command that runs beside a login would find no key, or half of one."""
    file.save("default", {"api_key": "0" * 5000})
    done = threading.Event()

    def save() -> None:
        for number in range(60):
            file.save("default", {"api_key": str(number % 10) * 5000})
        done.set()

    writer = threading.Thread(target=save)
    writer.start()
    while not done.is_set():
        text = (file.load() or Profile()).values["api_key"]
        assert len(text) == 5000
        assert len(set(text)) == 1
    writer.join()


def test_a_profile_shows_masked() -> None:
    """Otherwise printing a profile would print its key."""
    shown = repr(Profile("default", {"api_key": KEY, "session": "s" * 40, "base_url": "https://keys.example"}))
    assert "https://keys.example" in shown
    assert "pk_live_Ab1Ab1Ab**********" in shown
    assert KEY not in shown
    assert "ssss" not in shown


def test_the_published_command_line_reads_our_file_and_we_read_its(tmp_path: Path) -> None:
    command = environment_or_skip(WITH_API_KEYS, print)
    env = client_environment(tmp_path)
    theirs = (
        "from onepin._cli.auth.credentials import read_credentials, write_credentials\n"
        "print(read_credentials()); write_credentials('op_live_theirs', 'https://theirs.example')"
    )
    file = CredentialsFile(tmp_path / ".onepin" / "credentials")
    file.save("default", {"api_key": KEY, "base_url": "https://ours.example"})
    done = subprocess.run(
        [str(command / "python"), "-I", "-c", theirs], env=env, check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == str({"default": {"api_key": KEY, "base_url": "https://ours.example"}})
    assert (file.load() or Profile()).values == {"api_key": "op_live_theirs", "base_url": "https://theirs.example"}
