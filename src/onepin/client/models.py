"""The contract's models where the SDK shows more care than the wire: secrets in them are masked."""

from pydantic import Field

from onepin.client.secret import Secret
from onepin.contract.api_keys import ApiKey, ApiKeyFields
from onepin.contract.envelopes import WireModel
from onepin.contract.identity import WhoAmI
from onepin.contract.members import Invite


class CreatedKey(ApiKeyFields):
    """A key just made. Store ``api_key.reveal()`` now: nothing ever shows it again."""

    api_key: Secret = Field(description="The plaintext secret, masked until it is revealed.")


class Caller(WhoAmI):
    """The caller as the server sees it."""

    @property
    def data(self) -> "Caller":
        """The caller again: ``whoami`` of the published client, which has the same name, returns an envelope."""
        return self


class CreatedInvite(Invite):
    """An invite just made. Send ``link.reveal()`` to the person now: nothing ever shows it again."""

    token: Secret = Field(description="What accepting takes, masked until it is revealed.")
    link: Secret = Field(description="The link to send; it holds the token.")


class RotatedKeys(WireModel):
    """The two keys of a rotation."""

    old_key: ApiKey
    new_key: CreatedKey


class DeviceCode(WireModel):
    """A device sign-in that began (RFC 8628, 3.2): show ``user_code`` and the address to the person."""

    device_code: Secret = Field(description="What the device asks with, masked until it is revealed.")
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: int = Field(description="Seconds.")
    interval: int = Field(default=5, description="Seconds to wait between questions.")


class DeviceGrant(WireModel):
    """A session token, and with the first one the secret that gets more (RFC 6749, 5.1)."""

    access_token: Secret = Field(description="A session token.")
    expires_in: int = Field(description="Seconds.")
    refresh_token: Secret | None = Field(default=None, description="For ``DeviceSession``. It is not shown again.")
