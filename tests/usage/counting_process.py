"""Runs as a process of its own: counts uses of the keys it is given, flushing all the while, and says what it did.

Arguments: database URL, workspace, keys (comma between), how many uses. Prints the journal as JSON: counts by key.
"""

import asyncio
import json
import random
import sys
from collections import Counter
from uuid import UUID

from onepin.server.clock import ManualClock
from onepin.server.keys.usage import Outcome, Usage
from onepin.server.store.store import open_store


async def main(url: str, workspace: str, keys: str, uses: str) -> None:
    store, clock, journal = open_store(url), ManualClock(), Counter[str]()
    await store.start(migrate=False)
    usage, ids, chance = Usage(store, clock), keys.split(","), random.Random()
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(int(uses)):
        key = chance.choice(ids)
        usage.note(UUID(key), UUID(workspace), Outcome.OK)
        journal[key] += 1
        if number % 100 == 0:
            await usage.flush()
    await usage.close()
    await store.close()
    print(json.dumps(journal))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
