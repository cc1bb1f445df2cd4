"""Votes on pages: the one write that takes no credential."""

from pathlib import Path

import httpx
import pytest

from docs.conftest import Reading
from onepin.server.edge.feedback import VOTES_PER_MINUTE

VOTE = {"page": "how-to/nginx", "helpful": "yes"}


async def metrics(http: httpx.AsyncClient) -> str:
    """What Prometheus is told about votes."""
    lines = (await http.get("/metrics")).text.splitlines()
    return "\n".join(line for line in lines if line.startswith("onepin_docs_votes_total{"))


async def test_nobody_is_asked_unless_the_operator_wants_it(site: Path, reading: Reading) -> None:
    """If this failed, every server would have a place where anybody can write."""
    async with reading(site) as http:
        assert 'data-feedback="off"' in (await http.get("/docs/how-to/nginx")).text
        answer = await http.post("/feedback", json=VOTE)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")


async def test_a_vote_is_counted_for_its_page(site: Path, reading: Reading) -> None:
    async with reading(site, docs_feedback="on") as http:
        assert 'data-feedback="on"' in (await http.get("/docs/how-to/nginx")).text
        assert (await http.post("/feedback", json=VOTE)).json()["data"] == {}
        await http.post("/feedback", json=VOTE)
        await http.post("/feedback", json=VOTE | {"helpful": "no"})
        counted = await metrics(http)
    assert 'helpful="yes",page="how-to/nginx"} 2.0' in counted
    assert 'helpful="no",page="how-to/nginx"} 1.0' in counted


@pytest.mark.parametrize(
    "vote",
    [
        VOTE | {"page": "how-to/nothing"},
        VOTE | {"page": "../../etc/passwd"},
        VOTE | {"page": ""},
        VOTE | {"page": 1},
        VOTE | {"helpful": "very"},
        VOTE | {"helpful": True},
        VOTE | {"text": "a comment"},
        {"page": "how-to/nginx"},
        [],
    ],
)
async def test_a_vote_that_means_nothing_changes_nothing(site: Path, reading: Reading, vote: object) -> None:
    """If this failed, anybody could fill the server's memory with names of pages that there are not."""
    async with reading(site, docs_feedback="on") as http:
        answer = await http.post("/feedback", json=vote)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
        assert await metrics(http) == ""


async def test_a_page_of_another_origin_can_not_vote(site: Path, reading: Reading) -> None:
    """If this failed, any web page could make its visitors vote."""
    async with reading(site, docs_feedback="on") as http:
        answer = await http.post("/feedback", content='{"page":"how-to/nginx","helpful":"no"}')
        assert answer.json()["error"]["code"] == "UNSUPPORTED_MEDIA_TYPE"


async def test_an_address_has_so_many_votes_a_minute(site: Path, reading: Reading) -> None:
    """If this failed, one visitor could decide what readers think."""
    async with reading(site, docs_feedback="on", trusted_proxies="127.0.0.1") as http:
        mine, other = {"X-Forwarded-For": "192.0.2.1"}, {"X-Forwarded-For": "192.0.2.2"}
        for _ in range(VOTES_PER_MINUTE):
            assert (await http.post("/feedback", json=VOTE, headers=mine)).status_code == 200
        refused = await http.post("/feedback", json=VOTE, headers=mine)
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "RATE_LIMITED")
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert (await http.post("/feedback", json=VOTE, headers=other)).status_code == 200
