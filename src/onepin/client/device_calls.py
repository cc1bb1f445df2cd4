"""What to send for device sign-in (RFC 8628), approvals and sessions. No I/O."""

from dataclasses import replace

from onepin.client.calls import Call, Id, Ids, Safety, body_of, call_of
from onepin.client.models import DeviceCode, DeviceGrant
from onepin.client.secret import Secret
from onepin.contract.devices import DEVICE_CODE_GRANT, REFRESH_GRANT, DeviceDecided, DeviceRequest, Session
from onepin.contract.envelopes import Envelope, ListEnvelope, WireModel

CLIENT_ID = "onepin"
_TOKEN = "/api/v1/auth/device/token"  # noqa: S105
_APPROVAL = "/api/v1/auth/approvals/{user_code}"


def start(*, device_name: str) -> Call[DeviceCode]:
    form = {"client_id": CLIENT_ID, "device_name": device_name}
    call = call_of("POST", "/api/v1/auth/device", DeviceCode)
    return replace(call, form=form, anonymous=True)


def redeem(device_code: str | Secret) -> Call[DeviceGrant]:
    """Sent once: asked again too soon, the server says slow_down, and a second answer never has the secret."""
    text = device_code.reveal() if isinstance(device_code, Secret) else device_code
    form = {"grant_type": DEVICE_CODE_GRANT, "device_code": text, "client_id": CLIENT_ID}
    call = call_of("POST", _TOKEN, DeviceGrant, safety=Safety.ONCE)
    return replace(call, form=form, anonymous=True, secrets=(text,), max_retries=0)


def refresh(secret: Secret) -> Call[DeviceGrant]:
    text = secret.reveal()
    form = {"grant_type": REFRESH_GRANT, "refresh_token": text, "client_id": CLIENT_ID}
    return replace(call_of("POST", _TOKEN, DeviceGrant), form=form, anonymous=True, secrets=(text,))


def get_approval(user_code: str) -> Call[Envelope[DeviceRequest]]:
    return call_of("GET", _APPROVAL, Envelope[DeviceRequest], Ids(user_code=user_code))


def decide(user_code: str, *, approve: bool) -> Call[Envelope[DeviceDecided]]:
    ids = Ids(user_code=user_code)
    return call_of("POST", _APPROVAL, Envelope[DeviceDecided], ids, Safety.ONCE, body=body_of(approve=approve))


def list_sessions() -> Call[ListEnvelope[Session]]:
    return call_of("GET", "/api/v1/auth/sessions", ListEnvelope[Session])


def revoke_session(session_id: Id) -> Call[Envelope[WireModel]]:
    path = "/api/v1/auth/sessions/{session_id}"
    return call_of("DELETE", path, Envelope[WireModel], Ids(session_id=session_id), Safety.ONCE)
