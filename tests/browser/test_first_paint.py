"""How soon something is on the screen, beside a page of text from the same server in the same run."""

import statistics

import pytest

from browser.conftest import Visit
from onepin.server.edge.dashboard import bundle

pytestmark = pytest.mark.asyncio(loop_scope="session")
ROUNDS = 9
PAINTED = """() => new Promise((resolve) => {
    const done = (entries) => entries.forEach((e) => e.name === 'first-contentful-paint' && resolve(e.startTime));
    new PerformanceObserver((list) => done(list.getEntries())).observe({type: 'paint', buffered: true});
})"""


async def test_the_first_paint_is_about_as_soon_as_that_of_a_page_of_text(visit: Visit) -> None:
    times: dict[str, list[float]] = {"/": [], f"/assets/{bundle().digest}/vendor/htm.LICENSE.txt": []}
    async with visit("ann@example.com") as ann:
        for _ in range(ROUNDS):
            for path, taken in times.items():
                await ann.page.goto(ann.server.base_url + path)
                taken.append(await ann.page.evaluate(PAINTED))
    dashboard, text = (statistics.median(taken) for taken in times.values())
    assert dashboard <= 1.5 * text + 16, f"{dashboard:.0f} ms beside {text:.0f} ms (16 ms: a frame)"
