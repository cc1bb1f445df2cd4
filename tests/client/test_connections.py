"""Connections: kept, shared by threads, not over forks and event loops, not used when the server has ended them."""

import asyncio
import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from client.answering import answering
from client.conftest import Make
from client.fault_proxy import FaultProxy
from client.test_retries import ID, KEY
from onepin import AsyncOnePinClient, OnePinClient
from onepin.client.connections import IDLE_SECONDS
from server_process import ServerProcess


def test_calls_one_after_the_other_share_a_connection(make: Make) -> None:
    with answering(lambda asked: (200, {}, KEY)) as told:
        client = make(base_url=told.base_url, token="t")
        for _ in range(3):
            client("api_keys.get", ID)
        assert len({asked.port for asked in told.asked}) == 1


def test_threads_share_a_client_and_get_their_own_answers(server: ServerProcess, user: str) -> None:
    """Otherwise one thread would be handed the key that another has made."""
    with OnePinClient(token=server.token(user), base_url=server.base_url) as client, ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda number: (number, client.api_keys.create(name=str(number))), range(40)))
        assert all(key.name == str(number) for number, key in made)
        assert len({key.id for _, key in made}) == 40
        assert client.api_keys.list().total == 40


async def test_tasks_share_a_client_and_get_their_own_answers(server: ServerProcess, user: str) -> None:
    """Otherwise one task would be handed the key that another has made."""
    async with AsyncOnePinClient(token=server.token(user), base_url=server.base_url) as client:
        made = await asyncio.gather(*(client.api_keys.create(name=str(number)) for number in range(40)))
        assert [key.name for key in made] == [str(number) for number in range(40)]
        assert (await client.api_keys.list()).total == 40


def test_each_event_loop_has_its_own_connections(server: ServerProcess, user: str) -> None:
    client = AsyncOnePinClient(token=server.token(user), base_url=server.base_url)

    async def work() -> str:
        kind = (await client.auth.whoami()).auth_kind
        await client.aclose()
        return kind

    assert [asyncio.run(work()) for _ in range(3)] == ["clerk"] * 3


def test_a_cancelled_call_leaves_nothing_to_the_next_one(make: Make, proxy: FaultProxy, server: ServerProcess) -> None:
    """Otherwise the answer to a call that was given up would be taken for that to the next."""

    async def work() -> list[str]:
        async with AsyncOnePinClient(token=server.token("cancelling@example.com"), base_url=proxy.base_url) as client:
            keys = [await client.api_keys.create(name=name) for name in ("one", "two")]
            proxy.begin("delay the answer")
            task = asyncio.create_task(client.api_keys.get(keys[0].id))
            await asyncio.sleep(0.1)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return [(await client.api_keys.get(key.id)).name for key in reversed(keys)]

    assert asyncio.run(work()) == ["two", "one"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_opens_connections_of_its_own(server: ServerProcess, user: str) -> None:
    """Otherwise parent and child would read each other's answers."""
    with OnePinClient(token=server.token(user), base_url=server.base_url) as client:
        one = client.api_keys.create(name="one")
        two = client.api_keys.create(name="two")
        child = os.fork()
        if child == 0:
            try:
                sound = all(client.api_keys.get(one.id).name == "one" for _ in range(20))
                os._exit(0 if sound else 1)
            except BaseException:
                os._exit(2)
        assert all(client.api_keys.get(two.id).name == "two" for _ in range(20))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_an_idle_connection_is_not_used_when_the_server_may_have_ended_it(make: Make) -> None:
    """The server ends idle connections at 5 s; a change sent just then would fail, since it is not sent again."""
    client = make(max_retries=0)
    key = client("api_keys.create", name="ci")
    assert IDLE_SECONDS < 5
    time.sleep(5.2)
    assert client("api_keys.update", key.id, name="after").name == "after"


def test_a_closed_client_opens_new_connections(make: Make) -> None:
    client = make()
    if isinstance(client.client, OnePinClient):
        client("auth.whoami")
        client.client.close()
        client.client.close()
    assert client("auth.whoami").auth_kind == "clerk"
