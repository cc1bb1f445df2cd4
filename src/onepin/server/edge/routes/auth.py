"""The hot routes as documentation: their paths, models and refusals. ``edge/hot.py`` answers them."""

from typing import Annotated, NoReturn

from fastapi import APIRouter, Header, Query

from onepin.contract.codes import Code
from onepin.contract.envelopes import Empty, Envelope
from onepin.contract.identity import WhoAmI
from onepin.contract.verification import Verification, VerifyRequest
from onepin.server.access import ANYONE
from onepin.server.edge.gate import Caller, needs
from onepin.server.edge.hot import CHECK, VERIFY, VERIFY_NEED, WHOAMI
from onepin.server.edge.statuses import BODY, refusals

_KEY_ALONE = (
    Code.UNAUTHORIZED,
    Code.INVALID_API_KEY,
    Code.INSUFFICIENT_SCOPE,
    Code.WORKSPACE_MISMATCH,
    Code.VALIDATION_ERROR,
)
"""The refusals of a check, which takes API keys alone and looks nobody up in a workspace."""
_ANSWERED = "answered by edge/hot.py before FastAPI sees it"


def auth_routes() -> APIRouter:
    """The router of tag ``auth``."""
    router = APIRouter(tags=["auth"])

    @router.get(WHOAMI, summary="Who am I", response_model=Envelope[WhoAmI], responses=refusals(ANYONE))
    @needs(ANYONE)
    async def whoami(caller: Caller) -> NoReturn:
        """Say who is calling and what they may do. Takes a session or any API key; needs no scope."""
        raise AssertionError(_ANSWERED)

    @router.get(
        CHECK, summary="Check, for proxies", response_model=Envelope[Empty], responses=refusals(None, *_KEY_ALONE)
    )
    @needs(ANYONE)
    async def check(
        caller: Caller,
        scope: Annotated[list[str] | None, Query(description="A scope the key must hold; repeat it for more.")] = None,
        workspace: Annotated[
            list[str] | None, Query(description="The workspace the key must belong to; repeat it to allow several.")
        ] = None,
        x_onepin_require_scopes: Annotated[
            str | None,
            Header(alias="X-OnePin-Require-Scopes", description="Scopes the key must hold, set by the proxy."),
        ] = None,
    ) -> NoReturn:
        """Say whether the API key of a request may pass. Without `workspace`, 200 means *a* key of *some* workspace.

        Takes any method, ignores the body, and takes an API key only, never a session. The answer names the key in
        `X-OnePin-Key-Id`, `X-OnePin-Workspace-Id`, `X-OnePin-Key-Creator`, `X-OnePin-Scopes` and `X-OnePin-Key-Name`
        (percent-encoded). Proxies that append the customer's path use `/api/v1/auth/check/…`; there the query is the
        customer's and only the header counts.
        """
        raise AssertionError(_ANSWERED)

    @router.post(
        VERIFY,
        summary="Verify, for services",
        response_model=Envelope[Verification],
        responses=refusals(VERIFY_NEED, *BODY, Code.FORBIDDEN),
    )
    @needs(VERIFY_NEED)
    async def verify(caller: Caller, body: VerifyRequest) -> NoReturn:
        """Give the verdict about a key that you hold in your hand; it counts against that key, never against you.

        Called with a verifier (`onepin verifier create`), or with a session or key that may `keys:verify` in its own
        workspace. A key outside your reach is simply invalid. A verifier reaches every workspace; one that sends
        `X-Workspace-Id` vouches for keys of that workspace alone.
        """
        raise AssertionError(_ANSWERED)

    return router
