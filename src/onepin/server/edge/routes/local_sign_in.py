"""The embedded sign-in: its public keys, its one-time links, and the cookie that keeps a browser signed in.

The cookie opens one path, this module's, and nothing else on the server: everybody else reads ``Authorization`` alone.
It is HttpOnly and SameSite=Strict, is sent to that path only, and counts only with the dashboard's own Origin.
"""

from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from onepin.contract.codes import Code
from onepin.contract.envelopes import Empty, Envelope, rfc3339
from onepin.contract.identity import SignInCode, SignInLink
from onepin.server.clock import Clock
from onepin.server.edge.body import parse_json, read_body, require_json, validated
from onepin.server.edge.envelope import Reply, success
from onepin.server.edge.facts import Facts
from onepin.server.edge.statuses import BODY, refusals
from onepin.server.errors import Refused, unavailable
from onepin.server.identity.credential import CHALLENGE, NO_CREDENTIAL, single_header
from onepin.server.identity.local import LocalIssuer

SIGN_IN_TTL = 3600
BROWSER_TTL = 300
_LINK = {"required": True, "content": {"application/json": {"schema": SignInLink.model_json_schema()}}}
TOKEN = "/api/v1/auth/local/token"  # noqa: S105


def local_sign_in_routes(clock: Clock, local: LocalIssuer) -> APIRouter:
    """The router of the embedded sign-in."""
    router = APIRouter(tags=["auth"])

    @router.get("/.well-known/jwks.json", include_in_schema=False)
    async def jwks() -> Response:
        return JSONResponse(local.jwks(), headers={"Cache-Control": "public, max-age=300"})

    @router.post(
        "/api/v1/auth/local/sign-in",
        summary="Redeem sign-in link",
        openapi_extra={"requestBody": _LINK},
        response_model=Envelope[SignInCode],
        responses=refusals(None, *BODY, Code.UNAUTHORIZED, Code.VALIDATION_ERROR),
    )
    async def redeem_sign_in_link(request: Request) -> Response:
        """Exchange the code of a one-time sign-in link for a session token. Embedded sign-in only.

        The dashboard also gets a cookie, with which it can have a token again after a reload.
        """
        raw = await read_body(request)
        require_json(request)
        body: Any = validated(SignInLink, parse_json(raw), location="body", context={})
        return _signed_in(request, clock, local, body.code)

    @router.post(
        TOKEN,
        summary="Refresh local session",
        response_model=Envelope[SignInCode],
        responses=refusals(None, Code.UNAUTHORIZED, Code.FORBIDDEN),
    )
    async def refresh_local_session(request: Request) -> Response:
        """Give a browser that signed in by a link a new session token, for its cookie. Embedded sign-in only.

        The only operation that takes a cookie; the Origin must be the server's own.
        """
        user = _browser_user(request, clock, local)
        token, expires_at = local.mint(user=user, ttl_seconds=BROWSER_TTL, now=clock.now(), azp=local.url)
        return success(Reply({"token": token, "expires_at": rfc3339(expires_at)}), Facts.of(request.scope))

    @router.delete(TOKEN, summary="Sign out", response_model=Envelope[Empty], responses=refusals(None, Code.FORBIDDEN))
    async def sign_out(request: Request) -> Response:
        """End the browser's session and clear its cookie. Tokens given before live on for 5 minutes at most."""
        _require_own_page(request)
        secret = _cookie(request, local)
        if secret is not None:
            _folder_closed(lambda: local.browsers.drop(secret))
        response = success(Reply({}), Facts.of(request.scope))
        _set_cookie(response, request, local, "", 0)
        return response

    return router


def _signed_in(request: Request, clock: Clock, local: LocalIssuer, code: str) -> Response:
    now = clock.now()
    user = _folder_closed(lambda: local.redeem_sign_in_code(code, now))
    if user is None:
        raise Refused(
            Code.UNAUTHORIZED,
            "This sign-in link was used already or is too old. Make a new one with: onepin sign-in",
            headers=CHALLENGE,
        )
    token, expires_at = local.mint(user=user, ttl_seconds=SIGN_IN_TTL, now=now, azp=local.url)
    response = success(Reply({"token": token, "expires_at": rfc3339(expires_at)}), Facts.of(request.scope))
    if is_own_page(request):
        secret = _folder_closed(lambda: local.browsers.issue(user, now))
        _set_cookie(response, request, local, secret, local.browsers.seconds)
    return response


def _browser_user(request: Request, clock: Clock, local: LocalIssuer) -> str:
    _require_own_page(request)
    secret = _cookie(request, local)
    if secret is None:
        raise Refused(Code.UNAUTHORIZED, "Sign in first: onepin sign-in", headers=CHALLENGE, reason=NO_CREDENTIAL)
    user: str | None = _folder_closed(lambda: local.browsers.holder(secret, clock.now()))
    if user is None:
        text = "This browser is no longer signed in. Make a new link with: onepin sign-in"
        raise Refused(Code.UNAUTHORIZED, text, headers=CHALLENGE, reason="unknown browser")
    return user


def _folder_closed(ask: Any) -> Any:
    """What ``ask`` returns; 503 while its folder is open to other users: the operator must close it first."""
    try:
        return ask()
    except ValueError as error:
        raise unavailable(str(error), retry_after=60) from None


def is_own_page(request: Request) -> bool:
    """Whether a page of this very server asks, as the browser says it (Fetch standard, "Origin" and Sec-Fetch-Site)."""
    headers = request.scope["headers"]
    origin = single_header(headers, b"origin")
    if origin is None or single_header(headers, b"sec-fetch-site") not in (None, "same-origin"):
        return False
    public, asked = urlsplit(Facts.of(request.scope).base_url), urlsplit(origin)
    if (asked.scheme, asked.netloc) == (public.scheme, public.netloc.lower()):
        return True
    return asked.scheme in ("http", "https") and asked.netloc == (single_header(headers, b"host") or "").lower()


def _require_own_page(request: Request) -> None:
    if not is_own_page(request):
        raise Refused(Code.FORBIDDEN, "Only the dashboard of this server may ask this.", reason="foreign origin")


def _cookie(request: Request, local: LocalIssuer) -> str | None:
    """The value of our cookie; None when there is none, or several (a sibling host can lay a second one beside it)."""
    found = []
    for name, value in request.scope["headers"]:
        if name == b"cookie":
            for pair in value.decode("latin-1").split(";"):
                key, _, text = pair.strip().partition("=")
                if key == local.cookie_name:
                    found.append(text)
    return found[0] if len(found) == 1 and found[0] else None


def _set_cookie(response: Response, request: Request, local: LocalIssuer, value: str, seconds: int) -> None:
    """Set our cookie, or clear it with 0 seconds."""
    base = urlsplit(Facts.of(request.scope).base_url)
    response.set_cookie(
        local.cookie_name,
        value,
        max_age=seconds,
        path=base.path + TOKEN,
        secure=base.scheme == "https",
        httponly=True,
        samesite="strict",
    )
