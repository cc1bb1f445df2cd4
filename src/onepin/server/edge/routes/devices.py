"""Device sign-in: the device's side as RFC 8628 has it, the person's side as everything else here."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from onepin.contract.codes import Code
from onepin.contract.device_grants import DEVICE_CODE_GRANT, REFRESH_GRANT
from onepin.contract.devices import (
    DeviceAuthorization,
    DeviceDecided,
    DeviceDecision,
    DeviceError,
    DeviceErrorCode,
    DeviceRequest,
    DeviceToken,
    Session,
)
from onepin.contract.envelopes import Empty, Envelope, ListEnvelope, rfc3339
from onepin.contract.text import clean_name
from onepin.server.access import SIGNED_IN
from onepin.server.admission import Admission, Admitted
from onepin.server.audit import Actor
from onepin.server.config import Config
from onepin.server.devices import INTERVAL_SECONDS, WAITS, Denial, DeviceService, shown_code
from onepin.server.edge.body import read_body
from onepin.server.edge.device_page import FIELDS, decided_page, device_page
from onepin.server.edge.envelope import Reply
from onepin.server.edge.facts import Facts
from onepin.server.edge.gate import Caller, needs
from onepin.server.edge.parameters import SessionId, UserCode
from onepin.server.edge.problems import FAILED
from onepin.server.edge.statuses import BODY, refusals
from onepin.server.errors import Refused
from onepin.server.identity.device_tokens import TOKEN_SECONDS
from onepin.server.limits.limit import Allowance, retry_after_seconds

START = "/api/v1/auth/device"
TOKEN = "/api/v1/auth/device/token"  # noqa: S105
APPROVAL = "/api/v1/auth/approvals/{user_code}"
SESSIONS = "/api/v1/auth/sessions"
PAGE = "/device"
CLIENT_MAX = 100
_FORM = "application/x-www-form-urlencoded"
_TOLD: dict[str, str] = {
    "authorization_pending": "The person has not decided yet.",
    "slow_down": "Wait longer between questions.",
    "access_denied": "The person refused.",
    "expired_token": "The code is too old. Start anew.",
    "invalid_grant": "This code or secret is not valid, or not any more. Sign in anew.",
    "unsupported_grant_type": f"grant_type must be {DEVICE_CODE_GRANT} or {REFRESH_GRANT}.",
}


def device_routes(devices: DeviceService, address_of: Callable[[Any], str]) -> APIRouter:
    """The device's side, without a gate: who asks has no credential yet, or one that only works here."""
    router = APIRouter()

    @router.post(START, include_in_schema=False)
    async def start(request: Request) -> Response:
        """Begin to sign a device in (RFC 8628 §3.1). Each counts as an attempt of its address."""
        allowance: Allowance | None = request.scope[FAILED](request.scope)
        if allowance is not None and not allowance.admitted:
            return _too_many(allowance)
        form = await _form(request)
        client = None if form is None else _client(form.get("device_name") or form.get("client_id") or "a device")
        if client is None:
            return _refusal("invalid_request", "Send client_id and device_name once each, as a form, printable.")
        started = await devices.start(client, address_of(request.scope) or None)
        page = Facts.of(request.scope).base_url + PAGE
        return _answer(
            DeviceAuthorization(
                device_code=started.device_code,
                user_code=started.user_code,
                verification_uri=page,
                verification_uri_complete=f"{page}?user_code={started.user_code}",
                expires_in=int(WAITS.total_seconds()),
                interval=INTERVAL_SECONDS,
            )
        )

    @router.post(TOKEN, include_in_schema=False)
    async def token(request: Request) -> Response:
        """A session token for a device code that was approved, or for a refresh secret (RFC 8628 §3.4, RFC 6749 §6)."""
        form = await _form(request)
        if form is None:
            return _refusal("invalid_request", f"Send each parameter once, as {_FORM}.")
        kind, code, secret = (form.get(name, "") for name in ("grant_type", "device_code", "refresh_token"))
        if kind == DEVICE_CODE_GRANT and code:
            got = await devices.redeem(code, Actor("user", None, UUID(Facts.of(request.scope).id)))
        elif kind == REFRESH_GRANT and secret:
            got = await devices.refresh(secret)
        else:
            known = kind in (DEVICE_CODE_GRANT, REFRESH_GRANT)
            return _refusal("invalid_request" if known else "unsupported_grant_type")
        if isinstance(got, Denial):
            return _denied(request, got)
        refresh = None if got.refresh is None else got.refresh.reveal()
        return _answer(DeviceToken(access_token=got.token, expires_in=TOKEN_SECONDS, refresh_token=refresh))

    return router


def approval_routes(route_class: type[APIRoute], devices: DeviceService) -> APIRouter:
    """The person's side: see who waits, decide, list sessions, end them."""
    router = APIRouter(tags=["auth"], route_class=route_class)

    @router.get(
        APPROVAL,
        summary="Get waiting device",
        response_model=Envelope[DeviceRequest],
        responses=refusals(SIGNED_IN, Code.NOT_FOUND),
    )
    @needs(SIGNED_IN)
    async def get_waiting_device(caller: Caller, user_code: UserCode) -> Reply:
        """Say which device waits under a code, before you approve it."""
        found = await devices.waiting(user_code)
        shown = DeviceRequest(
            user_code=shown_code(found.user_code),
            client=found.client,
            address=found.address,
            created_at=found.created_at,
            expires_at=found.expires_at,
        )
        return Reply(shown.model_dump(mode="json"))

    @router.post(
        APPROVAL,
        summary="Decide about device",
        response_model=Envelope[DeviceDecided],
        responses=refusals(SIGNED_IN, *BODY, Code.FORBIDDEN, Code.NOT_FOUND),
    )
    @needs(SIGNED_IN)
    async def decide_about_device(caller: Caller, user_code: UserCode, body: DeviceDecision) -> Reply:
        """Let a device sign in as you, or refuse it. Takes a session of your own sign-in, not that of a device."""
        await _decide(devices, caller, user_code, approve=body.approve)
        return Reply({"status": "approved" if body.approve else "denied"})

    @router.get(
        SESSIONS,
        summary="List sessions",
        response_model=ListEnvelope[Session],
        responses=refusals(SIGNED_IN),
    )
    @needs(SIGNED_IN)
    async def list_sessions(caller: Caller) -> Reply:
        """List the devices that are signed in as you, the last used first, all on one page."""
        claims = caller.principal.claims
        found = [
            {
                "id": str(session.id),
                "client": session.client,
                "created_at": rfc3339(session.created_at),
                "last_used_at": rfc3339(session.last_used_at),
                "expires_at": rfc3339(session.expires_at),
                "current": claims is not None and claims.device == session.id,
            }
            for session in await devices.sessions(caller.user_id)
        ]
        return Reply(found, pagination={"next": None, "prev": None, "limit": len(found), "total": len(found)})

    @router.delete(
        SESSIONS + "/{session_id}",
        summary="Revoke session",
        response_model=Envelope[Empty],
        responses=refusals(SIGNED_IN, *BODY, Code.NOT_FOUND),
    )
    @needs(SIGNED_IN)
    async def revoke_session(caller: Caller, session_id: SessionId, body: Empty | None = None) -> Reply:
        """End the session of one of your devices. It gets no more tokens; the last one ends within 5 minutes."""
        await devices.revoke(caller.user_id, session_id, caller.actor)
        return Reply({})

    return router


def page_routes(config: Config, admission: Admission, devices: DeviceService) -> APIRouter:
    """The page to approve on. It is sent a session token by its own form, and knows nobody without."""
    router = APIRouter()

    @router.get(PAGE, include_in_schema=False)
    async def page(request: Request) -> Response:
        return HTMLResponse(device_page(config, request.query_params.get("user_code", "")[:20]))

    @router.post(PAGE, include_in_schema=False)
    async def approve(request: Request) -> Response:
        form = await _form(request)
        if form is None or not all(form.get(name) for name in FIELDS):
            return HTMLResponse(device_page(config, "", "Something was missing. Nothing was approved."))
        sent = [(b"authorization", b"Bearer " + form["token"].strip().encode("ascii", "replace"))]
        approved = form["decision"] == "approve"
        try:
            caller = await admission.admit(sent, SIGNED_IN, request_id=Facts.of(request.scope).id)
            await _decide(devices, caller, form["user_code"], approve=approved)
        except Refused as refused:
            if refused.code.status == 401:
                request.scope[FAILED](request.scope)
            return HTMLResponse(device_page(config, form["user_code"][:20], refused.message))
        said = "Approved. Go back to your device; you can close this page." if approved else "Denied."
        return HTMLResponse(decided_page(said))

    return router


async def _decide(devices: DeviceService, caller: Admitted, user_code: str, *, approve: bool) -> None:
    """Raises ``Refused`` (FORBIDDEN) for a token of a device, which could make itself last for ever, and for somebody
    who acts as another: the session would not say so any more.
    """
    claims = caller.principal.claims
    if claims is None or claims.device is not None or claims.actor is not None:
        raise Refused(Code.FORBIDDEN, "Approve a device in the browser, signed in as yourself.")
    await devices.decide(user_code, caller.user_id, caller.actor, approve=approve)


async def _form(request: Request) -> dict[str, str] | None:
    """The parameters of a form; None when it is none or has one twice (RFC 6749 §3.2)."""
    raw = await read_body(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return None
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, max_num_fields=20, errors="strict")
    except ValueError:
        return None
    form = dict(pairs)
    return form if len(form) == len(pairs) else None


def _client(name: str) -> str | None:
    try:
        return clean_name(name, longest=CLIENT_MAX)
    except ValueError:
        return None


def _answer(body: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse(body.model_dump(exclude_none=True), status, {"Pragma": "no-cache", **(headers or {})})


def _refusal(error: DeviceErrorCode, told: str | None = None) -> Response:
    return _answer(DeviceError(error=error, error_description=told or _TOLD.get(error, "A parameter is missing.")), 400)


def _denied(request: Request, denial: Denial) -> Response:
    """The refusal; a code or secret that is none counts as a failed attempt of its address."""
    if denial is Denial.INVALID:
        allowance: Allowance | None = request.scope[FAILED](request.scope)
        if allowance is not None and not allowance.admitted:
            return _too_many(allowance)
    return _refusal(denial.value)


def _too_many(allowance: Allowance) -> Response:
    told = DeviceError(error="slow_down", error_description="Too many attempts from this address.")
    return _answer(told, 429, {"Retry-After": str(retry_after_seconds(allowance))})
