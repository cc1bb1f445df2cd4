"""Votes on pages of the documentation: a number for each page and answer, and nothing about who gave it.

The one write that anybody may make; so it is off unless ONEPIN_DOCS_FEEDBACK is on, takes no text, knows only pages
that exist, and is limited by address.
"""

from typing import Literal

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from onepin.contract.codes import Code
from onepin.contract.envelopes import RequestModel
from onepin.server.config import Config
from onepin.server.edge.body import parse_json, read_body, require_json, validated
from onepin.server.edge.documentation import Documentation
from onepin.server.edge.envelope import Reply, success
from onepin.server.edge.facts import Facts, requester
from onepin.server.edge.problems import not_found
from onepin.server.errors import Detail, Refused
from onepin.server.limits.failures import FailureLimiter
from onepin.server.limits.limit import retry_after_seconds
from onepin.server.metrics import Metrics

VOTES_PER_MINUTE = 10
"""Of one address."""


class _Vote(RequestModel):
    page: str
    helpful: Literal["yes", "no"]


def feedback_routes(config: Config, site: Documentation, limiter: FailureLimiter, metrics: Metrics) -> APIRouter:
    """The router of the votes. ``limiter`` counts them per address."""
    router = APIRouter(include_in_schema=False)

    @router.post("/feedback")
    async def vote(request: Request) -> Response:
        if config.docs_feedback == "off":
            raise not_found()
        _within_limit(limiter, requester(request.scope, config.trusted_proxies))
        raw = await read_body(request)
        require_json(request)
        given = validated(_Vote, parse_json(raw), location="body", context={})
        if not site.has_page(given.page):
            raise Refused(Code.VALIDATION_ERROR, details=[Detail("page", "is no page of the documentation", "body")])
        metrics.note_vote(given.page, given.helpful)
        return success(Reply({}), Facts.of(request.scope))

    return router


def _within_limit(limiter: FailureLimiter, address: str) -> None:
    allowance = limiter.note_failure(address)
    if allowance is not None and not allowance.admitted:
        raise Refused(
            Code.RATE_LIMITED,
            "That is enough votes for now. Wait as long as Retry-After says.",
            headers={"Retry-After": str(retry_after_seconds(allowance))},
        )
