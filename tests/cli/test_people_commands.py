"""``onepin members`` and ``onepin invites`` against a server in a process of its own."""

import pytest

from cli.people import Done, Person


@pytest.fixture
def bob(ann: Person) -> str:
    """The address of somebody else."""
    return "bob-" + ann.name


def as_(person: str, ann: Person, *words: str, stdin: str = "") -> Done:
    """A command run by somebody else."""
    return ann(*words, stdin=stdin, ONEPIN_TOKEN=ann.server.token(person))


def test_a_link_is_printed_alone_and_brings_its_receiver_in(ann: Person, bob: str) -> None:
    invited = ann("invites", "create", bob, "--role", "editor")
    assert invited.returncode == 0, invited.stderr
    link = invited.stdout.strip()
    assert link.startswith(ann.server.base_url)
    assert link not in invited.stderr
    token = link.rpartition("=")[2]
    listed = ann("invites", "list")
    assert bob in listed.stdout
    assert token not in listed.stdout
    joined = as_(bob, ann, "invites", "accept", stdin=link)
    assert joined.returncode == 0, joined.stderr
    roles = {one["email"]: one["role"] for one in ann.json("members", "list")}
    assert roles == {ann.name: "admin", bob: "editor"}
    assert "No invite is pending" in ann("invites", "list").stderr


def test_roles_change_and_members_go(ann: Person, bob: str) -> None:
    link = ann("invites", "create", bob, "--role", "editor", "-q").stdout
    workspace = str(as_(bob, ann, "invites", "accept", "-q", stdin=link).stdout.strip())
    ann.key("ours")
    assert as_(bob, ann, "keys", "list", "-q", "--workspace", workspace).returncode == 0
    assert ann.json("members", "update", bob, "--role", "viewer")["role"] == "viewer"
    refused = as_(bob, ann, "keys", "create", "x", "--workspace", workspace)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "onepin whoami" in refused.stderr
    assert ann("members", "remove", bob).returncode == 2
    ann("members", "update", bob, "--role", "editor")
    theirs = as_(bob, ann, "keys", "create", "bob's", "-q", "--workspace", workspace).stdout.strip()
    assert ann("keys", "list", "--creator-left", "-q").stdout == ""
    assert ann("members", "remove", bob, "--yes").returncode == 0
    assert [key["preview"] for key in ann.json("keys", "list", "--creator-left")] == [theirs[:16]]
    assert "not a member" in as_(bob, ann, "keys", "list", "--workspace", workspace).stderr


def test_a_pending_invite_is_changed_and_revoked_by_its_address(ann: Person, bob: str) -> None:
    link = ann("invites", "create", bob, "--role", "editor", "-q").stdout
    again = ann("invites", "create", bob, "--role", "viewer")
    assert again.returncode == 1
    assert "pending" in again.stderr
    assert ann.json("invites", "update", bob.upper(), "--role", "viewer")["role"] == "viewer"
    assert ann("invites", "revoke", bob).returncode == 0
    assert as_(bob, ann, "invites", "accept", stdin=link).returncode == 1
    assert ann("invites", "revoke", bob).returncode == 1


def test_an_invite_is_good_for_its_address_alone(ann: Person, bob: str) -> None:
    """If this failed, whoever finds a link could join the workspace."""
    link = ann("invites", "create", bob, "--role", "admin", "-q").stdout
    assert as_("eve-" + bob, ann, "invites", "accept", stdin=link).returncode == 1
    assert [one["status"] for one in ann.json("members", "list")] == ["active", "invited"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("members", "update", "nobody@example.com", "--role", "viewer"), 1, "onepin members list"),
        (("members", "remove", "nobody@example.com", "--yes"), 1, "no member"),
        (("members", "update", "nobody@example.com"), 2, "--role"),
        (("invites", "create", "no address", "--role", "viewer"), 1, "e-mail"),
        (("invites", "create", "a@example.com", "--role", "owner"), 2, "'admin', 'editor', 'viewer'"),
        (("invites", "accept", "x" * 30), 1, "Copy the whole link"),
        (("members", "lst"), 2, "Did you mean 'list'?"),
    ],
)
def test_mistakes_are_explained(ann: Person, words: tuple[str, ...], code: int, said: str) -> None:
    done = ann(*words)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr


def test_the_owner_can_not_remove_themselves(ann: Person) -> None:
    done = ann("members", "remove", ann.name, "--yes")
    assert done.returncode == 1
    assert len(ann.json("members", "list")) == 1


def test_commands_work_in_the_workspace_that_was_chosen(ann: Person, bob: str) -> None:
    made = ann.json("workspace", "create", "Team")
    link = ann("invites", "create", bob, "--role", "viewer", "-q", "--workspace", made["slug"]).stdout
    assert as_(bob, ann, "invites", "accept", "-q", stdin=link).stdout.strip() == made["id"]
    assert len(ann.json("members", "list")) == 1
    assert len(ann.json("--workspace", made["id"], "members", "list")) == 2
