"""No route without a gate, and none that the suites do not know of."""

import pytest
from fastapi.routing import APIRoute

from onepin.server.edge.gate import NEED
from routes import OPEN, ROUTES, served
from service import Service


def test_the_table_names_every_route(standing_sqlite: Service) -> None:
    """If this failed, a new route could go untested by every suite that tries them all."""
    listed = {(route.method, route.template.partition("?")[0]) for route in ROUTES}
    assert listed | OPEN == set(served(standing_sqlite.api))
    assert not listed & OPEN


def test_every_route_is_behind_the_gate_but_a_named_few(standing_sqlite: Service) -> None:
    """If this failed, a route could be reached by anybody because its author forgot a line."""
    for place, route in served(standing_sqlite.api).items():
        assert hasattr(route.endpoint, NEED) == (place not in OPEN), place
        assert (type(route) is not APIRoute) == (place not in OPEN), place


def test_a_route_that_does_not_say_what_it_needs_can_not_be_made(standing_sqlite: Service) -> None:
    """If this failed, a route without a declared need would be served to everybody."""
    gated = next(type(route) for place, route in served(standing_sqlite.api).items() if place not in OPEN)

    async def forgetful() -> None:
        raise AssertionError("never called")

    with pytest.raises(TypeError, match="does not say what it needs"):
        gated("/forgetful", forgetful)
