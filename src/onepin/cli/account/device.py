"""``onepin login`` by device sign-in (RFC 8628): show a code, ask now and then, come back with the secret."""

import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import click

from onepin.cli.failures import Failed
from onepin.cli.invocation import Invocation
from onepin.cli.render.cells import harmless
from onepin.client.errors import OnePinAPIError, OnePinConnectionError, OnePinRateLimitError, OnePinServerError

if TYPE_CHECKING:
    from onepin.client.client import OnePinClient
    from onepin.client.models import DeviceCode, DeviceGrant

SLOWER_SECONDS: Final = 5.0
"""What ``slow_down`` adds to the interval, for good (RFC 8628, 3.5)."""
LONGEST_SECONDS: Final = 60.0
DEVICE_NAME_MAX: Final = 100
_ENDS = {
    "access_denied": ("The sign-in was denied.", "If it was not you who denied it, somebody else saw the code."),
    "expired_token": ("The code is too old: nobody approved it in time.", "Start again: onepin login"),
    "invalid_grant": ("The code is not valid any more.", "Start again: onepin login"),
}


def granted(here: Invocation, base_url: str, *, opened: bool) -> "DeviceGrant":
    """What the server gives for a code that the person approved. Nothing is kept before.

    Raises:
        Failed: It was denied, or not approved in time.
        OnePinError: The server can't be asked at all.
    """
    from onepin.client.client import OnePinClient

    with OnePinClient(base_url=base_url, token=_nobody) as client:
        with here.waiting(f"asking {base_url}"):
            began, code = time.monotonic(), client.auth.device.start(device_name=device_name())
        _show(here, code, opened=opened)
        with here.waiting("waiting for you to approve it there"):
            return poll(client, code, began)


def device_name() -> str:
    """What the person who approves is told: this program, and the machine's name."""
    name = "".join(letter for letter in socket.gethostname() if letter.isprintable() and letter.isascii()).strip()
    return f"onepin on {name or 'a device'}"[:DEVICE_NAME_MAX]


def _nobody() -> str:
    """In the place of a credential of the environment or a profile, which signing in has no need of."""
    raise AssertionError("device sign-in sends no credential")


def _show(here: Invocation, code: "DeviceCode", *, opened: bool) -> None:
    """Even with --quiet: without the code there is nothing to approve."""
    link, minutes = harmless(code.verification_uri), max(round(code.expires_in / 60), 1)
    here.err.write(f"Open {here.err.style(link, 'cyan')} on any device, and enter this code:\n")
    here.err.write(f"    {here.err.style(harmless(code.user_code), 'bold')}\n")
    here.err.write("Or, in a terminal where you are signed in by --local or --token: onepin sessions approve CODE")
    here.err.write(f"The code works for {minutes} minutes. Ctrl-C stops.")
    if not opened:
        return
    whole = code.verification_uri_complete
    if not whole.startswith(("https://", "http://")) or click.launch(whole) != 0:
        here.warn("The browser could not be opened: open the page yourself.")


def poll(
    client: "OnePinClient",
    code: "DeviceCode",
    began: float,
    *,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> "DeviceGrant":
    """Ask at the pace that the server wants; where it doesn't answer, half as often each time (RFC 8628, 3.5).

    Raises:
        Failed: It was denied, or not approved in time.
        OnePinAPIError: The server refused in another way.
    """
    interval = pause = float(min(max(code.interval, 1), LONGEST_SECONDS))
    while now() + pause < began + code.expires_in:
        sleep(pause)
        waited, pause = pause, interval
        try:
            return client.auth.device.token(code.device_code)
        except OnePinRateLimitError as error:
            pause = max(error.retry_after or 0.0, interval + SLOWER_SECONDS)
        except (OnePinConnectionError, OnePinServerError):
            pause = min(2 * waited, LONGEST_SECONDS)
        except OnePinAPIError as error:
            if error.error_code == "slow_down":
                interval = pause = interval + SLOWER_SECONDS
            elif error.error_code != "authorization_pending":
                raise _ended(error) from None
    raise _failed("expired_token")


def _ended(error: OnePinAPIError) -> Exception:
    return _failed(error.error_code) if error.error_code in _ENDS else error


def _failed(reason: str) -> Failed:
    message, hint = _ENDS[reason]
    return Failed(message, hint=hint, code=reason.upper())
