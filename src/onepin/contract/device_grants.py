"""The words for what a device asks a token for."""

DEVICE_CODE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
"""For a device code that its person approved (RFC 8628 §3.4)."""
REFRESH_GRANT = "refresh_token"
"""For the secret of its session (RFC 6749 §6)."""
