"""The person's side of a device sign-in, and one that is done without waiting."""

from cli.people import Person
from onepin import OnePinClient
from onepin.client.credentials import CredentialsFile
from onepin.contract.devices import Session


def signed_in(ann: Person) -> OnePinClient:
    """A client with a session of her own sign-in, in the browser or by ``login --local``."""
    return OnePinClient(base_url=ann.server.base_url, token=ann.server.token(ann.name))


def decided(ann: Person, code: str, *, approve: bool = True) -> None:
    """She says yes or no to the device that shows ``code``."""
    with signed_in(ann) as client:
        device = client.auth.device
        assert device.get(code).user_code == code
        answer = device.approve(code) if approve else device.deny(code)
        assert answer.status == ("approved" if approve else "denied")


def sessions(ann: Person) -> list[Session]:
    """The devices that are signed in as her."""
    with signed_in(ann) as client:
        return list(client.auth.sessions.list())


def device_signed_in(ann: Person, profile: str = "default", name: str = "a device") -> str:
    """Put a device sign-in into a profile, as ``onepin login`` leaves it; its secret."""
    with signed_in(ann) as client:
        code = client.auth.device.start(device_name=name)
        client.auth.device.approve(code.user_code)
        secret = client.auth.device.token(code.device_code).refresh_token
    assert secret is not None
    file = CredentialsFile(ann.home / ".onepin" / "credentials")
    file.save(profile, {"session": secret.reveal(), "base_url": ann.server.base_url})
    ann.sign_out()
    return secret.reveal()
