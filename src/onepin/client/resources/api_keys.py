"""``client.api_keys``: the whole life of an API key."""

from collections.abc import Sequence
from functools import cached_property
from uuid import UUID

from onepin.client import calls
from onepin.client.calls import NOT_GIVEN, Include, NotGiven, Status
from onepin.client.models import CreatedKey, RotatedKeys
from onepin.client.pages import CountedPage
from onepin.client.resources.published_keys import PublishedApiKeys
from onepin.client.secret import Secret
from onepin.client.sending import Sending, raw_answer, raw_envelope
from onepin.contract.api_keys import ApiKey
from onepin.contract.usage import KeyUsage, Window
from onepin.contract.verification import Verification


class ApiKeys(PublishedApiKeys):
    """API keys of a workspace. Managing them needs a session: ``OnePinClient(token=…)``."""

    def __init__(self, sending: Sending) -> None:
        self._send = sending

    @cached_property
    def with_raw_response(self) -> "RawApiKeys":
        """The same methods; they return the answer with status, headers and request id. Secrets in it are plain."""
        return RawApiKeys(ApiKeys(self._send.raw()))

    def create(
        self,
        *,
        name: str,
        scopes: Sequence[str] | None = None,
        rate_limit_per_min: int | NotGiven | None = NOT_GIVEN,
        key_type: str | None = None,
        idempotency_key: str | None = None,
    ) -> CreatedKey:
        """Make a live key. ``created.api_key.reveal()`` is its plaintext, which nothing ever shows again: store it now.

        A lost answer is asked for again under the same Idempotency-Key, so that there is one key and it comes to you.

        Args:
            name: What people call it, 1–120 characters.
            scopes: What it may do; the server's default scopes unless given. An empty list: only ask who it is.
            rate_limit_per_min: Requests per minute, 1–1,000,000; None: no limit. The server's default unless given.
            key_type: ``live``, the only type there is yet.
            idempotency_key: 16–255 visible ASCII characters, if a later call of yours is to find the same key; keep it
                secret. One is made up unless given.

        Raises:
            OnePinValidationError: a value can't be right; ``details`` says which.
            OnePinAuthError: your role may not make keys, or not with these scopes.
        """
        return self._send.data(
            calls.create_key(
                name=name,
                scopes=scopes,
                rate_limit_per_min=rate_limit_per_min,
                key_type=key_type,
                idempotency_key=idempotency_key,
            )
        )

    def list(
        self,
        *,
        status: Status | None = None,
        limit: int | None = None,
        offset: int | None = None,
        include: Include | None = None,
    ) -> CountedPage[ApiKey]:
        """The keys of the workspace, newest first. ``total`` counts them; iterating goes over all pages.

        Args:
            status: ``active`` (usable now; unless given), ``revoked`` (paused or revoked) or ``all``.
            limit: Keys on a page, 1–100; 50 unless given.
            offset: How many to skip.
            include: ``creator_left`` also says of each key whether who made it is no member any more.
        """
        return self._send.pages(calls.list_keys(status=status, limit=limit, offset=offset, include=include))

    def get(self, key_id: str | UUID, *, include: Include | None = None) -> ApiKey:
        """One key, without its secret.

        Args:
            key_id: Which key.
            include: As for ``list``.

        Raises:
            OnePinNotFoundError: there is none of that id in this workspace.
        """
        return self._send.data(calls.get_key(key_id, include=include))

    def update(
        self,
        key_id: str | UUID,
        *,
        name: str | None = None,
        scopes: Sequence[str] | None = None,
        rate_limit_per_min: int | NotGiven | None = NOT_GIVEN,
        active: bool | None = None,
    ) -> ApiKey:
        """Change what is given; the rest stays.

        Args:
            key_id: Which key.
            name: 1–120 characters.
            scopes: All that it may do from now on.
            rate_limit_per_min: Requests per minute, 1–1,000,000; None removes the limit.
            active: False pauses the key, True resumes it.

        Raises:
            OnePinNotFoundError: there is none of that id in this workspace.
            OnePinConflictError: the key is revoked, or in grace after a rotation.
        """
        return self._send.data(
            calls.update_key(key_id, name=name, scopes=scopes, rate_limit_per_min=rate_limit_per_min, active=active)
        )

    def pause(self, key_id: str | UUID) -> ApiKey:
        """Refuse the key until it is resumed. Raises as ``update``."""
        return self._send.data(calls.update_key(key_id, active=False))

    def resume(self, key_id: str | UUID) -> ApiKey:
        """Let a paused key work again. Raises as ``update``."""
        return self._send.data(calls.update_key(key_id, active=True))

    def revoke(self, key_id: str | UUID) -> ApiKey:
        """End a key for good. It stays listed; revoking it again changes nothing.

        Raises:
            OnePinNotFoundError: there is none of that id in this workspace.
        """
        return self._send.data(calls.revoke_key(key_id))

    def rotate(
        self, key_id: str | UUID, *, grace_seconds: int | None = None, idempotency_key: str | None = None
    ) -> RotatedKeys:
        """Replace a key by a new one with the same name, scopes and limit. ``new_key.api_key`` is the new secret.

        Args:
            key_id: Which key.
            grace_seconds: How long the old key works beside the new one, 0–604,800; it ends at once unless given.
            idempotency_key: As for ``create``.

        Raises:
            OnePinNotFoundError: there is none of that id in this workspace.
            OnePinConflictError: the key is revoked, or in grace already.
        """
        return self._send.data(calls.rotate_key(key_id, grace_seconds=grace_seconds, idempotency_key=idempotency_key))

    def usage(self, key_id: str | UUID, *, window: Window | None = None) -> KeyUsage:
        """The requests of one key over time, by what became of them.

        Args:
            key_id: Which key.
            window: How far back: ``1h``, ``24h`` (unless given), ``7d``, ``30d`` or ``12m``.
        """
        return self._send.data(calls.key_usage(key_id, window=window))

    def verify(
        self, api_key: str | Secret, *, scopes: Sequence[str] | None = None, cost: int | None = None
    ) -> Verification:
        """The verdict about a key that your customer sent you. It counts against that key, never against you.

        Call it with a verifier (``onepin verifier create``), or with a session or key that may ``keys:verify``.

        Args:
            api_key: What the customer sent, whatever it is: what is no key is invalid.
            scopes: Scopes that the key must hold, all of them.
            cost: How much of its limit to use, 0–1,000,000; 1 unless given, 0 looks only.
        """
        return self._send.data(calls.verify_key(api_key, scopes=scopes, cost=cost))


class RawApiKeys:
    """``ApiKeys`` with raw answers."""

    def __init__(self, keys: ApiKeys) -> None:
        self.create = raw_answer(keys.create)
        self.list = raw_answer(keys.list)
        self.get = raw_answer(keys.get)
        self.update = raw_answer(keys.update)
        self.pause = raw_answer(keys.pause)
        self.resume = raw_answer(keys.resume)
        self.revoke = raw_answer(keys.revoke)
        self.rotate = raw_answer(keys.rotate)
        self.usage = raw_answer(keys.usage)
        self.verify = raw_answer(keys.verify)
        self.list_api_keys = raw_envelope(keys.list_api_keys)
        self.create_api_key = raw_envelope(keys.create_api_key)
        self.get_api_key = raw_envelope(keys.get_api_key)
        self.delete_api_key = raw_envelope(keys.delete_api_key)
        self.update_api_key = raw_envelope(keys.update_api_key)
        self.rotate_api_key = raw_envelope(keys.rotate_api_key)
