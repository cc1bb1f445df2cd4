"""Which workspace a request acts in: the key's own, or by membership."""

from uuid import UUID

from onepin.server.errors import invalid
from onepin.server.identity.credential import Headers, single_header
from onepin.server.identity.session import SessionClaims
from onepin.server.ids import user_id
from onepin.server.people import Person

HEADER = "X-Workspace-Id"
_HEADER = HEADER.lower().encode()


def named_workspace(headers: Headers) -> UUID | None:
    """What ``X-Workspace-Id`` says; absent and empty are None.

    Raises ``Refused``: BAD_REQUEST when sent twice, VALIDATION_ERROR when it is no UUID.
    """
    value = single_header(headers, _HEADER)
    return parse_uuid(value, HEADER, "header") if value and value.strip() else None


def parse_uuid(value: str, field: str, location: str) -> UUID:
    """A UUID in its usual form of 36 characters. Raises ``Refused`` (VALIDATION_ERROR)."""
    try:
        parsed = UUID(value)
    except ValueError:
        parsed = None
    if parsed is None or str(parsed) != value.lower():
        raise invalid(field, "must be a UUID such as 0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10", location=location)
    return parsed


def person_of(claims: SessionClaims) -> Person:
    """The person a session token speaks for."""
    return Person(
        user_id(claims.issuer, claims.subject),
        claims.issuer,
        claims.subject,
        email=claims.email.strip().lower() if claims.email else None,
        email_verified=claims.email_verified,
        first_name=claims.first_name,
        last_name=claims.last_name,
        image_url=claims.image_url,
    )
