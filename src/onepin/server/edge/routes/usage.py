"""How much keys are used, and what happened in a workspace."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.routing import APIRoute

from onepin.contract.codes import Code
from onepin.contract.envelopes import Envelope
from onepin.contract.scopes import WORKSPACE_READ
from onepin.contract.usage import ActivityEvent, ActivityQuery, FeedEnvelope, KeyUsage, UsageQuery, UsageSummary
from onepin.server.access import Need, Place
from onepin.server.edge.envelope import Reply
from onepin.server.edge.gate import Caller, needs
from onepin.server.edge.parameters import KeyId
from onepin.server.edge.statuses import refusals
from onepin.server.keys.usage_reports import UsageReports

PATH = "/api/v1/usage"
VIEWER_OR_KEY = Need(Place.HEADER, role="viewer", key_scope=WORKSPACE_READ)


def usage_routes(route_class: type[APIRoute], reports: UsageReports) -> APIRouter:
    """The router of tag ``usage``."""
    router = APIRouter(tags=["usage"], route_class=route_class)

    @router.get(
        "/api/v1/api-keys/{key_id}/usage",
        summary="Api key usage",
        response_model=Envelope[KeyUsage],
        responses=refusals(VIEWER_OR_KEY, Code.NOT_FOUND),
    )
    @needs(VIEWER_OR_KEY)
    async def get_api_key_usage(caller: Caller, key_id: KeyId, query: Annotated[UsageQuery, Query()]) -> Reply:
        """Count the requests of one key by minute, hour or day, and by what became of them.

        Requests appear here within 5 seconds. A verification that costs more than one counts as that many.
        """
        usage = await reports.of_key(caller.workspace_id, key_id, query.window)
        return Reply(usage.model_dump(mode="json"))

    @router.get(
        PATH + "/summary",
        summary="Usage summary",
        response_model=Envelope[UsageSummary],
        responses=refusals(VIEWER_OR_KEY),
    )
    @needs(VIEWER_OR_KEY)
    async def get_usage_summary(caller: Caller, query: Annotated[UsageQuery, Query()]) -> Reply:
        """Count the requests of all keys of a workspace, and name the keys most used and most refused."""
        summary = await reports.summary(caller.workspace_id, query.window)
        return Reply(summary.model_dump(mode="json"))

    @router.get(
        PATH + "/activity",
        summary="Usage activity",
        response_model=FeedEnvelope[ActivityEvent],
        responses=refusals(VIEWER_OR_KEY),
    )
    @needs(VIEWER_OR_KEY)
    async def list_usage_activity(caller: Caller, query: Annotated[ActivityQuery, Query()]) -> Reply:
        """List what happened in a workspace, newest first: the events of its audit log, a page at a time.

        Follow `pagination.next`, or send `pagination.cursor` as `cursor`, until it is null.
        """
        events, cursor = await reports.activity(caller.workspace_id, query)
        asked = {"action": query.action, "target_id": query.target_id, "limit": query.limit, "cursor": cursor}
        url = f"{caller.base_url}{PATH}/activity?{urlencode({k: v for k, v in asked.items() if v is not None})}"
        pages = {
            "next": url if cursor else None,
            "prev": None,
            "limit": query.limit,
            "cursor": str(cursor) if cursor else None,
        }
        return Reply([event.model_dump(mode="json") for event in events], pagination=pages)

    return router
