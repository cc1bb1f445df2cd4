"""``client.auth.device``: sign a device in that has no browser (RFC 8628), and decide about one that waits."""

from functools import cached_property

from onepin.client import device_calls, session_calls
from onepin.client.models import DeviceCode, DeviceGrant
from onepin.client.secret import Secret
from onepin.client.sending import (
    AsyncSending,
    Sending,
    raw_answer,
    raw_answer_async,
    raw_envelope,
    raw_envelope_async,
)
from onepin.contract.devices import DeviceDecided, DeviceRequest


class Device:
    """``start`` and ``token`` are the device's side and need no credential; the others are its person's."""

    def __init__(self, sending: Sending) -> None:
        self._send = sending

    @cached_property
    def with_raw_response(self) -> "RawDevice":
        """The same methods; they return the answer with status, headers and request id. Secrets in it are plain."""
        return RawDevice(Device(self._send.raw()))

    def start(self, *, device_name: str) -> DeviceCode:
        """Begin to sign a device in. Show ``user_code`` and ``verification_uri``; then call ``token`` now and then.

        Args:
            device_name: What the person is told who asks, as ``backup on db-1``; 1 to 100 characters.
        """
        return self._send.whole(device_calls.start(device_name=device_name))

    def token(self, device_code: str | Secret) -> DeviceGrant:
        """Ask whether the person has decided; at most every ``interval`` seconds. It is never tried again by itself.

        Raises:
            OnePinBadRequestError: ``error_code`` says why: ``authorization_pending``, ``slow_down`` (wait 5 seconds
                longer from now on), ``access_denied``, ``expired_token``, or ``invalid_grant`` (used, or never was).
            OnePinRateLimitError: too many attempts from this address.
        """
        return self._send.whole(device_calls.redeem(device_code))

    def get(self, user_code: str) -> DeviceRequest:
        """The device that waits under the code you read on it, before you approve it.

        Raises:
            OnePinNotFoundError: none does; the code may be too old, or decided already.
        """
        return self._send.data(session_calls.get_approval(user_code))

    def approve(self, user_code: str) -> DeviceDecided:
        """Let the device act as you. Only for a code that you see on a device of your own.

        Raises:
            OnePinNotFoundError: no device waits under the code.
            OnePinAuthError: you are signed in by a device yourself.
        """
        return self._send.data(session_calls.decide(user_code, approve=True))

    def deny(self, user_code: str) -> DeviceDecided:
        """Refuse the device. Raises as ``approve``."""
        return self._send.data(session_calls.decide(user_code, approve=False))


class AsyncDevice:
    """As ``Device``."""

    def __init__(self, sending: AsyncSending) -> None:
        self._send = sending

    @cached_property
    def with_raw_response(self) -> "AsyncRawDevice":
        """The same methods; they return the answer with status, headers and request id. Secrets in it are plain."""
        return AsyncRawDevice(AsyncDevice(self._send.raw()))

    async def start(self, *, device_name: str) -> DeviceCode:
        """As ``Device.start``."""
        return await self._send.whole(device_calls.start(device_name=device_name))

    async def token(self, device_code: str | Secret) -> DeviceGrant:
        """As ``Device.token``."""
        return await self._send.whole(device_calls.redeem(device_code))

    async def get(self, user_code: str) -> DeviceRequest:
        """As ``Device.get``."""
        return await self._send.data(session_calls.get_approval(user_code))

    async def approve(self, user_code: str) -> DeviceDecided:
        """As ``Device.approve``."""
        return await self._send.data(session_calls.decide(user_code, approve=True))

    async def deny(self, user_code: str) -> DeviceDecided:
        """As ``Device.deny``."""
        return await self._send.data(session_calls.decide(user_code, approve=False))


class RawDevice:
    """``Device`` with raw answers."""

    def __init__(self, device: Device) -> None:
        self.start = raw_envelope(device.start)
        self.token = raw_envelope(device.token)
        self.get = raw_answer(device.get)
        self.approve = raw_answer(device.approve)
        self.deny = raw_answer(device.deny)


class AsyncRawDevice:
    """``AsyncDevice`` with raw answers."""

    def __init__(self, device: AsyncDevice) -> None:
        self.start = raw_envelope_async(device.start)
        self.token = raw_envelope_async(device.token)
        self.get = raw_answer_async(device.get)
        self.approve = raw_answer_async(device.approve)
        self.deny = raw_answer_async(device.deny)
