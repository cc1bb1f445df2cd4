"""Ending the session of a device sign-in at its server, where the credential alone would be forgotten."""

from typing import Literal

from onepin.client.credentials import Profile
from onepin.client.device_session import DeviceSession
from onepin.client.errors import OnePinAuthError, OnePinError

PATIENCE_SECONDS = 5.0

End = Literal["ended", "over already", "not reached"]


def end_session(profile: Profile) -> End | None:
    """End the session that a profile holds. None where it holds none."""
    try:
        session = profile.session
    except OnePinError:  # what stands there can be no secret
        return None
    if session is None or not profile.base_url:
        return None
    return end(profile.base_url, session)


def end(base_url: str, session: DeviceSession) -> End:
    """End a session. Whatever goes wrong, it is no reason to keep the credential."""
    from onepin.client.client import OnePinClient

    try:
        with OnePinClient(base_url=base_url, token=session, timeout=PATIENCE_SECONDS, max_retries=0) as client:
            for one in client.auth.sessions.list():
                if one.current:
                    client.auth.sessions.revoke(one.id)
                    return "ended"
    except OnePinAuthError as error:
        return "over already" if error.error_code == "invalid_grant" else "not reached"
    except OnePinError:
        return "not reached"
    return "over already"
