"""What to send for the person's side of device sign-in: approvals and sessions. No I/O."""

from onepin.client.calls import Call, Id, Ids, Safety, body_of, call_of
from onepin.contract.devices import DeviceDecided, DeviceRequest, Session
from onepin.contract.envelopes import Envelope, ListEnvelope, WireModel

_APPROVAL = "/api/v1/auth/approvals/{user_code}"


def get_approval(user_code: str) -> Call[Envelope[DeviceRequest]]:
    return call_of("GET", _APPROVAL, Envelope[DeviceRequest], Ids(user_code=user_code))


def decide(user_code: str, *, approve: bool) -> Call[Envelope[DeviceDecided]]:
    ids = Ids(user_code=user_code)
    return call_of("POST", _APPROVAL, Envelope[DeviceDecided], ids, Safety.ONCE, body=body_of(approve=approve))


def list_sessions() -> Call[ListEnvelope[Session]]:
    return call_of("GET", "/api/v1/auth/sessions", ListEnvelope[Session])


def revoke_session(session_id: Id) -> Call[Envelope[WireModel]]:
    path = "/api/v1/auth/sessions/{session_id}"
    return call_of("DELETE", path, Envelope[WireModel], Ids(session_id=session_id), Safety.ONCE)
