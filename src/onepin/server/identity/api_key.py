"""An API key credential becomes a principal, or one 401 for every reason why not."""

from onepin.contract.codes import Code
from onepin.server.errors import Refused
from onepin.server.identity.credential import INVALID_TOKEN
from onepin.server.identity.principal import Principal
from onepin.server.keys.verify import KeyVerifier


async def key_principal(verifier: KeyVerifier, token: str) -> Principal:
    """Raises ``Refused`` (INVALID_API_KEY): unknown, malformed, paused, revoked and expired are one answer."""
    key = await verifier.find(token)
    if key is None or not verifier.usable(key):
        reason = "unknown key" if key is None else "unusable key"
        raise Refused(Code.INVALID_API_KEY, headers=INVALID_TOKEN, reason=reason)
    return Principal("api_key", key.created_by, key=key)
