"""No route without a gate, and none that the suites do not know of."""

import pytest
from fastapi.routing import APIRoute

from asgi_client import ask
from onepin.server.edge.gate import NEED
from routes import EVERY, HOT, OPEN, served
from service import Service
from standing import standing_loop


def test_the_table_names_every_route(standing_sqlite: Service) -> None:
    """If this failed, a new route could go untested by every suite that tries them all."""
    listed = {(route.method, route.template.partition("?")[0]) for route in EVERY}
    assert listed | OPEN == set(served(standing_sqlite.api))
    assert not listed & OPEN


def test_every_route_is_behind_the_gate_but_a_named_few(standing_sqlite: Service) -> None:
    """If this failed, a route could be reached by anybody because its author forgot a line."""
    for place, route in served(standing_sqlite.api).items():
        assert hasattr(route.endpoint, NEED) == (place not in OPEN), place
        assert (type(route) is not APIRoute) == (place not in OPEN | HOT), place


@standing_loop
@pytest.mark.parametrize(("method", "path"), sorted(HOT))
async def test_a_hot_route_is_answered_before_the_framework_and_refuses_strangers(
    service: Service, method: str, path: str
) -> None:
    """If this failed, the route that every customer request passes would be open, or not answer at all."""
    answer = await ask(service.app, method, path)
    assert (answer.status, answer.code) == (401, "UNAUTHORIZED")


def test_a_route_that_does_not_say_what_it_needs_can_not_be_made(standing_sqlite: Service) -> None:
    """If this failed, a route without a declared need would be served to everybody."""
    gated = next(type(route) for place, route in served(standing_sqlite.api).items() if place not in OPEN | HOT)

    async def forgetful() -> None:
        raise AssertionError("never called")

    with pytest.raises(TypeError, match="does not say what it needs"):
        gated("/forgetful", forgetful)
