"""Pictures of every page: ``scripts/screenshots`` runs this."""

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from browser.pages import PAGES, furnish, show
from browser.visitor import visiting
from programs import ROOT
from server_process import ServerProcess, serving

SIZES = {"desktop": (1280, 800), "phone": (390, 844)}


async def picture(browser: Browser, server: ServerProcess, folder: Path, size: str) -> None:
    """Every page at one size, in both themes."""
    async with visiting(browser, server, f"ann-{size}@example.com", SIZES[size], color_scheme="light") as ann:
        ann.expected += ["401", "404"]
        room = furnish(ann)
        for name in PAGES:
            await show(ann, room, name)
            for theme in ("light", "dark"):
                await ann.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
                whole = not await ann.page.get_by_role("dialog").count()
                await ann.page.screenshot(path=folder / f"{name}-{size}-{theme}.png", full_page=whole)
            await ann.page.emulate_media(color_scheme="light", reduced_motion="reduce")
            print(name, size)


async def main(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as data, serving(Path(data) / "data") as server:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"))
            for size in SIZES:
                await picture(browser, server, folder, size)
            await browser.close()
    readme = ROOT / "docs" / "images" / "keys.png"
    readme.parent.mkdir(exist_ok=True)
    shutil.copy(folder / "keys-desktop-light.png", readme)
    print(f"Pictures are in {folder}, the README's in {readme.relative_to(ROOT)}.")


if __name__ == "__main__":
    chosen = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / ".cache" / "screenshots"
    chosen.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(chosen))
