"""Every error code on the wire, its HTTP status and its default text. The only such table.

Source: the wire contract (docs/reference, "Errors"). A caller may match on ``code``; texts may improve.
"""

from enum import StrEnum


class Code(StrEnum):
    """A machine-readable error code; its value stands in ``error.code``."""

    BAD_REQUEST = "BAD_REQUEST"
    UNAUTHORIZED = "UNAUTHORIZED"
    INVALID_API_KEY = "INVALID_API_KEY"
    SESSION_REQUIRED = "SESSION_REQUIRED"
    FORBIDDEN = "FORBIDDEN"
    INSUFFICIENT_SCOPE = "INSUFFICIENT_SCOPE"
    NOT_A_MEMBER = "NOT_A_MEMBER"
    WORKSPACE_MISMATCH = "WORKSPACE_MISMATCH"
    NOT_FOUND = "NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    CONFLICT = "CONFLICT"
    WORKSPACE_SLUG_TAKEN = "WORKSPACE_SLUG_TAKEN"
    GONE = "GONE"
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    VALIDATION_ERROR = "VALIDATION_ERROR"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    RATE_LIMITED = "RATE_LIMITED"
    SERVER_ERROR = "SERVER_ERROR"
    UNAVAILABLE = "UNAVAILABLE"

    @property
    def status(self) -> int:
        """The HTTP status this code travels with."""
        return _TABLE[self][0]

    @property
    def text(self) -> str:
        """The message used when the place that refuses has nothing more precise to say."""
        return _TABLE[self][1]


_TABLE: dict[Code, tuple[int, str]] = {
    Code.BAD_REQUEST: (400, "The request is malformed."),
    Code.UNAUTHORIZED: (
        401,
        "Send a valid session token, or an API key where one is taken, as 'Authorization: Bearer <token>'.",
    ),
    Code.INVALID_API_KEY: (401, "This API key is not valid. Check it, or ask the workspace for a new one."),
    Code.SESSION_REQUIRED: (401, "API keys can't be used here: send a session token of a signed-in person instead."),
    Code.FORBIDDEN: (403, "Your role in this workspace does not allow this. Ask an admin of the workspace."),
    Code.INSUFFICIENT_SCOPE: (403, "This API key lacks a scope that the operation needs."),
    Code.NOT_A_MEMBER: (403, "You are not a member of the workspace named in X-Workspace-Id."),
    Code.WORKSPACE_MISMATCH: (403, "This API key belongs to another workspace than the one in X-Workspace-Id."),
    Code.NOT_FOUND: (404, "There is nothing here."),
    Code.METHOD_NOT_ALLOWED: (405, "This path does not take that method; see the Allow header."),
    Code.CONFLICT: (409, "The current state does not allow this."),
    Code.WORKSPACE_SLUG_TAKEN: (409, "Another workspace has this slug. Choose a different one."),
    Code.GONE: (410, "This is no longer available."),
    Code.PAYLOAD_TOO_LARGE: (413, "The request body is larger than 64 KiB."),
    Code.UNSUPPORTED_MEDIA_TYPE: (415, "Send the body as 'Content-Type: application/json', in UTF-8, not compressed."),
    Code.VALIDATION_ERROR: (422, "The request has invalid values; see details."),
    Code.IDEMPOTENCY_KEY_REUSED: (422, "This Idempotency-Key was already used for a different request."),
    Code.RATE_LIMITED: (429, "Too many requests. Wait as long as Retry-After says."),
    Code.SERVER_ERROR: (500, "Something went wrong on our side. The request id helps to find out what."),
    Code.UNAVAILABLE: (503, "The service can't answer just now. Try again shortly."),
}
