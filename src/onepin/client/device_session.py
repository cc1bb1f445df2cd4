"""The session of a device that signed in (RFC 8628): a secret that is kept, and tokens for 5 minutes that are not."""

import os
import re
import threading
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from onepin.client.errors import OnePinAuthError, OnePinBadRequestError, OnePinConfigurationError, OnePinConnectionError
from onepin.client.secret import Secret

if TYPE_CHECKING:
    import asyncio

    from onepin.client.calls import Call
    from onepin.client.exchange import Result
    from onepin.client.models import DeviceGrant

EARLY_SECONDS: Final = 30.0
"""So long before its end a token is replaced: the call it is for, and its retries, have to come through with it."""
OVER_SECONDS: Final = 30.0
"""A session that the server called over is not asked for again sooner: each question is a failed attempt there."""
OVER: Final = "This device's sign-in is over: it was ended, or not used for 30 days. Sign in again: 'onepin login'."


class DeviceSession:
    """Gives a client session tokens for the refresh secret of a device sign-in.

    ``OnePinClient(token=DeviceSession(secret))``; a profile that ``onepin login`` made needs none of this.

    The token is kept in memory until shortly before its end. Threads, tasks and clients may share one session: however
    many need a token at once, one of them asks for it.

    Args:
        secret: The refresh secret, ``pk_session_…``.

    Raises:
        OnePinConfigurationError: it can't be one.
    """

    def __init__(self, secret: str | Secret) -> None:
        text = (secret.reveal() if isinstance(secret, Secret) else secret).strip()
        if not re.fullmatch(r"[!-~]+", text):
            raise OnePinConfigurationError("The secret of a device sign-in looks like pk_session_ and 38 letters.")
        self._secret = Secret(text)
        self._token: Secret | None = None
        self._until = (0.0, 0.0)
        self._over_until = 0.0
        self._locks: dict[int, threading.Lock] = {}
        self._loop_locks: dict[asyncio.AbstractEventLoop, asyncio.Lock] = {}

    def token(self, exchange: "Callable[[Call[DeviceGrant]], Result[DeviceGrant]]") -> Secret:
        """A session token that is good for a while; ``exchange`` asks the server.

        Raises:
            OnePinAuthError: the session is over.
            OnePinError: as any call.
        """
        token = self._fresh()
        if token is None:
            with self._locks.setdefault(os.getpid(), threading.Lock()):  # a fork may have copied one that is held
                token = self._fresh()
                if token is None:
                    call, asked_at = self._question(), _now()
                    try:
                        token = self._keep(exchange(call).envelope, asked_at)
                    except OnePinBadRequestError as error:
                        raise self._refused(error) from None
        return token

    async def token_async(self, exchange: "Callable[[Call[DeviceGrant]], Awaitable[Result[DeviceGrant]]]") -> Secret:
        """As ``token``."""
        token = self._fresh()
        if token is None:
            async with self._lock_of_loop():
                token = self._fresh()
                if token is None:
                    call, asked_at = self._question(), _now()
                    try:
                        token = self._keep((await exchange(call)).envelope, asked_at)
                    except OnePinBadRequestError as error:
                        raise self._refused(error) from None
        return token

    def _fresh(self) -> Secret | None:
        """The token, unless it ends soon by either clock: one stands still while a machine sleeps, one may be set."""
        late = any(now >= until for now, until in zip(_now(), self._until, strict=True))
        return None if late else self._token

    def _question(self) -> "Call[DeviceGrant]":
        from onepin.client.device_calls import refresh

        if time.monotonic() < self._over_until:
            raise OnePinAuthError(OVER, status_code=400, error_code="invalid_grant")
        return refresh(self._secret)

    def _keep(self, grant: "DeviceGrant", asked_at: tuple[float, float]) -> Secret:
        token = grant.access_token
        if not re.fullmatch(r"[!-~]+", token.reveal()):
            raise OnePinConnectionError("The server gave a session token that can't be one; is base_url right?")
        lasts = max(grant.expires_in - EARLY_SECONDS, 0.0)
        self._token, self._until = token, (asked_at[0] + lasts, asked_at[1] + lasts)
        return token

    def _refused(self, error: OnePinBadRequestError) -> Exception:
        if error.error_code != "invalid_grant":
            return error
        self._over_until = time.monotonic() + OVER_SECONDS
        over = OnePinAuthError(OVER)
        over.__dict__.update(error.__dict__, message=OVER)
        return over

    def _lock_of_loop(self) -> "asyncio.Lock":
        import asyncio

        loop = asyncio.get_running_loop()
        for ended in [other for other in self._loop_locks if other.is_closed()]:
            self._loop_locks.pop(ended, None)
        return self._loop_locks.setdefault(loop, asyncio.Lock())

    def __repr__(self) -> str:
        return "DeviceSession(**********)"

    def __reduce__(self) -> Any:
        raise TypeError("a DeviceSession can't be pickled: each process makes its own from the credentials file")


def _now() -> tuple[float, float]:
    return time.monotonic(), time.time()
