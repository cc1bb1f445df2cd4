"""What a device sends to sign in and to stay so (RFC 8628). No I/O; loaded by every command, so little is imported."""

from dataclasses import replace

from onepin.client.calls import Call, Safety, call_of
from onepin.client.models import DeviceCode, DeviceGrant
from onepin.client.secret import Secret
from onepin.contract.device_grants import DEVICE_CODE_GRANT, REFRESH_GRANT

CLIENT_ID = "onepin"
_TOKEN = "/api/v1/auth/device/token"  # noqa: S105


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
