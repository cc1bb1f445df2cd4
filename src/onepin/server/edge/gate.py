"""The route class that puts the gate before the body.

FastAPI reads and parses a body before it runs dependencies, so a stranger could make it parse megabytes. This route
asks ``admission`` first, with nothing but the headers; only then are path, query and body looked at, in the contract's
order. FastAPI still describes the route: the signature is the documentation.
"""

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Annotated, Any, TypeVar, get_args, get_origin
from uuid import UUID

from fastapi import Depends, Header
from fastapi.params import Path, Query
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from onepin.contract.codes import Code
from onepin.server.access import Need
from onepin.server.admission import Admission, Admitted
from onepin.server.edge.body import parse_json, read_body, require_json, validated
from onepin.server.edge.envelope import Reply, success
from onepin.server.edge.facts import Facts
from onepin.server.errors import Detail, Refused
from onepin.server.identity.credential import single_header
from onepin.server.identity.workspace import parse_uuid

H = TypeVar("H", bound=Callable[..., Awaitable[Reply]])
Fill = Callable[[Request, Admitted, dict[str, Any]], Awaitable[None]]
NEED = "__onepin_need__"


def _from_the_gate(
    x_workspace_id: Annotated[
        str | None,
        Header(
            alias="X-Workspace-Id",
            description="The workspace to act in where the path names none, a UUID. Absent or empty: your personal "
            "workspace. An API key acts in its own alone.",
        ),
    ] = None,
) -> Admitted:
    raise AssertionError("the gate gives this; FastAPI only documents it")


Caller = Annotated[Admitted, Depends(_from_the_gate)]
"""What a handler declares to get the admitted caller."""

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=16,
        max_length=255,
        description="A value of your choice, new for each request, that makes a retry safe: the same value and request "
        "give the same answer, and one key. Visible ASCII. The secret is given again for an hour unless the "
        "deployment says otherwise, the value is remembered for 24 hours.",
    ),
]


def needs(need: Need) -> Callable[[H], H]:
    """Declare what a route asks of its caller. A route without this does not start."""

    def declare(handler: H) -> H:
        setattr(handler, NEED, need)
        return handler

    return declare


def gated(admission: Admission, context: Mapping[str, Any]) -> type[APIRoute]:
    """The route class of one application. ``context`` goes to the models' validators (the deployment's scopes)."""

    class GatedRoute(APIRoute):
        """A route behind the gate."""

        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            handle = self.get_route_handler()

            async def app(scope: Scope, receive: Receive, send: Send) -> None:
                response = await handle(Request(scope, receive))
                await response(scope, receive, send)

            # Without FastAPI's exit stacks: they are for dependencies, of which a route of ours has none.
            self.app = app

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            endpoint = self.endpoint
            need: Need | None = getattr(endpoint, NEED, None)
            if need is None:
                raise TypeError(f"{self.path}: {endpoint.__name__} does not say what it needs")
            fills = _fills(endpoint, context)

            async def handle(request: Request) -> Response:
                facts = Facts.of(request.scope)
                caller = await admission.admit(
                    request.scope["headers"], need, request_id=facts.id, base_url=facts.base_url
                )
                limits = admission.limit_headers(caller.allowance)
                arguments: dict[str, Any] = {}
                try:
                    for fill in fills:
                        await fill(request, caller, arguments)
                    return success(await endpoint(**arguments), facts, limits)
                except Refused as refused:
                    refused.headers.update(limits)
                    raise

            return handle

    return GatedRoute


def _fills(endpoint: Callable[..., Any], context: Mapping[str, Any]) -> list[Fill]:
    """How each parameter of a handler is filled, in the order in which refusals must come: path, query, body."""
    path: list[Fill] = []
    query: Fill = _no_query
    rest: list[Fill] = []
    body: list[Fill] = []
    for name, parameter in inspect.signature(endpoint, eval_str=True).parameters.items():
        annotation = parameter.annotation
        if annotation == Caller:
            path.append(_caller(name))
        elif annotation == IdempotencyKey:
            rest.append(_header(name, b"idempotency-key"))
        elif get_origin(annotation) is Annotated and isinstance(get_args(annotation)[1], Path):
            path.append(_path_id(name) if get_args(annotation)[0] is UUID else _path_text(name))
        elif get_origin(annotation) is Annotated and isinstance(get_args(annotation)[1], Query):
            query = _query(name, get_args(annotation)[0], context)
        else:
            model = next(part for part in (annotation, *get_args(annotation)) if inspect.isclass(part))
            if not issubclass(model, BaseModel):
                raise TypeError(f"{endpoint.__name__}: nothing fills {name}")
            body.append(_body(name, model, context, optional=parameter.default is not inspect.Parameter.empty))
    return [*path, query, *body, *rest]


def _caller(name: str) -> Fill:
    async def fill(_request: Request, caller: Admitted, arguments: dict[str, Any]) -> None:
        arguments[name] = caller

    return fill


def _path_id(name: str) -> Fill:
    async def fill(request: Request, _caller: Admitted, arguments: dict[str, Any]) -> None:
        arguments[name] = parse_uuid(request.path_params[name], name, "path")

    return fill


def _path_text(name: str) -> Fill:
    async def fill(request: Request, _caller: Admitted, arguments: dict[str, Any]) -> None:
        arguments[name] = request.path_params[name]

    return fill


def _header(name: str, header: bytes) -> Fill:
    async def fill(request: Request, _caller: Admitted, arguments: dict[str, Any]) -> None:
        arguments[name] = single_header(request.scope["headers"], header)

    return fill


async def _no_query(request: Request, _caller: Admitted, _arguments: dict[str, Any]) -> None:
    _refuse_query(request, ())


def _query(name: str, model: type[BaseModel], context: Mapping[str, Any]) -> Fill:
    async def fill(request: Request, _caller: Admitted, arguments: dict[str, Any]) -> None:
        _refuse_query(request, tuple(model.model_fields))
        arguments[name] = validated(model, dict(request.query_params), location="query", context=context)

    return fill


def _refuse_query(request: Request, known: tuple[str, ...]) -> None:
    if not request.scope["query_string"]:
        return
    sent = [key for key, _ in request.query_params.multi_items()]
    wrong = {key: "is sent twice" for key in sent if sent.count(key) > 1}
    allowed = ", ".join(known) or "none"
    wrong |= {key: f"is not a parameter here; there is {allowed}" for key in sent if key not in known}
    if wrong:
        details = [Detail(key or "query", why, "query", "query_parameter") for key, why in list(wrong.items())[:20]]
        raise Refused(Code.VALIDATION_ERROR, f"{details[0].field}: {details[0].message}", details=details)


def _body(name: str, model: type[BaseModel], context: Mapping[str, Any], *, optional: bool) -> Fill:
    async def fill(request: Request, _caller: Admitted, arguments: dict[str, Any]) -> None:
        raw = await read_body(request)
        if not raw and optional:
            arguments[name] = model()
            return
        require_json(request)
        if not raw:
            raise Refused(
                Code.VALIDATION_ERROR,
                "body: a JSON object is needed",
                details=[Detail("body", "a JSON object is needed", "body", "missing")],
            )
        arguments[name] = validated(model, parse_json(raw), location="body", context=context)

    return fill
