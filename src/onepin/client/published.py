"""What the methods by the names of the published client have in common: their options for one call.

Those methods answer in the published client's form (``.data``, ``.meta``), so code written for it runs with its import
changed. New code is better off with the short names: they mask secrets, and their lists go on over all pages.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypedDict, TypeVar

from onepin.client.calls import Call, Id
from onepin.contract.envelopes import WireModel

E = TypeVar("E", bound=WireModel)


class RequestOptions(TypedDict, total=False):
    """What one call does otherwise than the client."""

    timeout_in_seconds: float
    max_retries: int
    additional_headers: Mapping[str, str]


def with_options(call: Call[E], options: RequestOptions | None, workspace_id: Id | None = None) -> Call[E]:
    """``call`` in another workspace, and with options of its own."""
    chosen: RequestOptions = options or {}
    return replace(
        call,
        workspace_id=workspace_id,
        timeout=chosen.get("timeout_in_seconds"),
        max_retries=chosen.get("max_retries"),
        headers=dict(chosen.get("additional_headers") or {}),
    )
