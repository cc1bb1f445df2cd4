"""People: what their issuer says of them, by their session or by itself."""

import re
import unicodedata
from datetime import datetime
from uuid import UUID

from onepin.contract.codes import Code
from onepin.server.errors import Refused
from onepin.server.store.people_queries import SEE_USER
from onepin.server.store.query import Tx

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
# Controls, halves of characters, line separators, what reorders text. Joiners stay: names are written with them.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def fit_text(value: object, longest: int) -> str | None:
    """``value`` as it may be shown to others (NFC, no white space around it), or None when it may not."""
    if not isinstance(value, str):
        return None
    text = unicodedata.normalize("NFC", value).strip()
    return text if 0 < len(text) <= longest and _UNFIT.search(text) is None else None


def fit_email(value: object) -> str | None:
    """An e-mail address, or None."""
    text = fit_text(value, 254)
    return text if text is not None and _EMAIL.fullmatch(text) else None


def fit_image(value: object) -> str | None:
    """The https address of a picture, or None."""
    text = fit_text(value, 2048)
    return text if text is not None and text.startswith("https://") else None


class Person:
    """What is known of the person behind a session: who they are, and what their issuer says about them."""

    __slots__ = ("email", "email_verified", "first_name", "id", "image_url", "issuer", "last_name", "subject")

    def __init__(
        self,
        id: UUID,  # noqa: A002
        issuer: str,
        subject: str,
        *,
        email: str | None = None,
        email_verified: bool = False,
        first_name: str | None = None,
        last_name: str | None = None,
        image_url: str | None = None,
    ) -> None:
        self.id, self.issuer, self.subject = id, issuer, subject
        self.email, self.email_verified = email, email_verified
        self.first_name, self.last_name, self.image_url = first_name, last_name, image_url

    def said(self) -> dict[str, object]:
        """The columns of ``users`` that the issuer fills."""
        return {name: getattr(self, name) for name in self.__slots__}


async def see(tx: Tx, person: Person, now: datetime) -> None:
    """Create the user or take over what their session newly says of them.

    Raises ``Refused`` (UNAUTHORIZED) for somebody who was deleted at their issuer: a last token of theirs may still be
    on its way.
    """
    if await tx.one(SEE_USER, **person.said(), created_at=now, updated_at=now, arrived_at=now) is None:
        headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        raise Refused(Code.UNAUTHORIZED, headers=headers, reason="the person was deleted")
