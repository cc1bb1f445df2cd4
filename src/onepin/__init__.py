"""onepin: a self-hosted API-key platform.

``from onepin import OnePinClient`` gets the Python SDK. Importing the package alone loads none of it.
"""

TYPE_CHECKING = False  # as in typing, without the milliseconds that importing it takes
if TYPE_CHECKING:
    from onepin.client.async_client import AsyncOnePinClient as AsyncOnePinClient
    from onepin.client.client import OnePinClient as OnePinClient
    from onepin.client.device_session import DeviceSession as DeviceSession
    from onepin.client.errors import OnePinAPIError as OnePinAPIError
    from onepin.client.errors import OnePinAuthError as OnePinAuthError
    from onepin.client.errors import OnePinBadRequestError as OnePinBadRequestError
    from onepin.client.errors import OnePinConfigurationError as OnePinConfigurationError
    from onepin.client.errors import OnePinConflictError as OnePinConflictError
    from onepin.client.errors import OnePinConnectionError as OnePinConnectionError
    from onepin.client.errors import OnePinError as OnePinError
    from onepin.client.errors import OnePinInsufficientScopeError as OnePinInsufficientScopeError
    from onepin.client.errors import OnePinNotFoundError as OnePinNotFoundError
    from onepin.client.errors import OnePinRateLimitError as OnePinRateLimitError
    from onepin.client.errors import OnePinServerError as OnePinServerError
    from onepin.client.errors import OnePinTimeoutError as OnePinTimeoutError
    from onepin.client.errors import OnePinValidationError as OnePinValidationError
    from onepin.client.secret import Secret as Secret

__version__ = "0.1.0"

_HOMES = {
    "AsyncOnePinClient": "onepin.client.async_client",
    "OnePinClient": "onepin.client.client",
    "DeviceSession": "onepin.client.device_session",
    "OnePinAPIError": "onepin.client.errors",
    "OnePinAuthError": "onepin.client.errors",
    "OnePinBadRequestError": "onepin.client.errors",
    "OnePinConfigurationError": "onepin.client.errors",
    "OnePinConflictError": "onepin.client.errors",
    "OnePinConnectionError": "onepin.client.errors",
    "OnePinError": "onepin.client.errors",
    "OnePinInsufficientScopeError": "onepin.client.errors",
    "OnePinNotFoundError": "onepin.client.errors",
    "OnePinRateLimitError": "onepin.client.errors",
    "OnePinServerError": "onepin.client.errors",
    "OnePinTimeoutError": "onepin.client.errors",
    "OnePinValidationError": "onepin.client.errors",
    "Secret": "onepin.client.secret",
}

__all__ = [
    "AsyncOnePinClient",
    "DeviceSession",
    "OnePinAPIError",
    "OnePinAuthError",
    "OnePinBadRequestError",
    "OnePinClient",
    "OnePinConfigurationError",
    "OnePinConflictError",
    "OnePinConnectionError",
    "OnePinError",
    "OnePinInsufficientScopeError",
    "OnePinNotFoundError",
    "OnePinRateLimitError",
    "OnePinServerError",
    "OnePinTimeoutError",
    "OnePinValidationError",
    "Secret",
    "__version__",
]


if not TYPE_CHECKING:  # a type checker knows the names above, and should object to others

    def __getattr__(name):
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
