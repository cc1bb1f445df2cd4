"""What Prometheus may read, and who may read it."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from service import HOST, Service, running

TOKEN = "a-token-for-prometheus"


@pytest_asyncio.fixture
async def service(tmp_path: Path, migrated_sqlite: Path) -> AsyncIterator[Service]:
    async with running(tmp_path, f"sqlite:///{tmp_path / 'onepin.db'}") as started:
        yield started


def from_address(service: Service, address: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=service.app, client=(address, 4711))
    return httpx.AsyncClient(transport=transport, base_url=HOST)


async def scrape(service: Service) -> str:
    answer = await service.call("GET", "/metrics")
    assert answer.status_code == 200
    return answer.text


def value(text: str, line: str) -> float:
    found = re.search(rf"^{re.escape(line)} (\S+)$", text, re.MULTILINE)
    assert found is not None, f"{line} is not in\n{text}"
    return float(found[1])


async def test_requests_are_counted_by_route_and_status(service: Service) -> None:
    key = await service.create_key()
    for _ in range(3):
        await service.whoami(key["api_key"])
    await service.call("GET", f"api-keys/{key['id']}", service.session())
    await service.call("GET", "/nowhere/at/all")
    text = await scrape(service)
    assert value(text, 'onepin_request_duration_seconds_count{route="/api/v1/auth/whoami",status="200"}') == 3
    assert value(text, 'onepin_request_duration_seconds_count{route="/api/v1/api-keys/{key_id}",status="200"}') == 1
    assert value(text, 'onepin_request_duration_seconds_count{route="none",status="404"}') == 1


async def test_refusals_are_counted_by_code(service: Service) -> None:
    key = await service.create_key(rate_limit_per_min=1)
    for _ in range(3):
        await service.whoami(key["api_key"])
    assert value(await scrape(service), 'onepin_refusals_total{code="RATE_LIMITED"}') == 2


async def test_nothing_a_caller_chooses_becomes_a_label(service: Service) -> None:
    """If this failed, a stranger could fill the memory of Prometheus, or read keys in it."""
    key = await service.create_key(name="swordfish")
    await service.whoami(key["api_key"])
    await service.call("GET", f"/api/v1/api-keys/{key['id']}/swordfish?x=swordfish")
    await service.call("GET", f"/{key['api_key']}")
    text = await scrape(service)
    for chosen in ("swordfish", key["id"], key["api_key"][8:20], key["workspace_id"]):
        assert chosen not in text


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
async def test_metrics_are_for_this_machine_alone(service: Service, header: str) -> None:
    """If this failed, anybody behind the reverse proxy could read how the service is used."""
    assert (await service.call("GET", "/metrics")).status_code == 200
    assert (await service.call("GET", "/metrics", {header: "127.0.0.1"})).status_code == 404
    async with from_address(service, "203.0.113.9") as outside:
        assert (await outside.get("/metrics")).status_code == 404


async def test_a_token_opens_metrics_to_others_and_is_needed_by_all(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'onepin.db'}"
    async with running(tmp_path, database, metrics_token=TOKEN) as service:
        async with from_address(service, "203.0.113.9") as outside:
            good = await outside.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
            bad = await outside.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}x"})
        assert good.status_code == 200
        assert good.headers["content-type"].startswith("text/plain")
        assert bad.status_code == 404
        assert (await service.call("GET", "/metrics")).status_code == 404
