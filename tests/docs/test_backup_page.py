"""docs/how-to/back-up.md: a backup is made beside a running server and restored, by the commands of the page."""

import re
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from docsite.pages import DOCS
from owner import Owner, bearer
from server_process import DidNotStart, serving

PAGE = (DOCS / "how-to" / "back-up.md").read_text("utf-8")
BLOCKS = re.findall(r"(?<!-->\n)^```sh\n(.*?)^```$", PAGE, re.M | re.S)


def shell(block: str, folder: Path) -> None:
    """Run a block of the page, its folders in this one."""
    for old in ("~/.local/share/onepin", "/backups", "/another/place", "/restored"):
        block = block.replace(old, f"{folder}/{Path(old).name}")
    for name in ("backups", "place"):
        (folder / name).mkdir(exist_ok=True)
    subprocess.run(["sh", "-euc", block], check=True, timeout=60)


def status(base_url: str, key: dict[str, Any]) -> int:
    return httpx.get(f"{base_url}/api/v1/auth/whoami", headers=bearer(key)).status_code


def test_a_restored_backup_is_as_it_was_and_revives_what_was_revoked_since(tmp_path: Path) -> None:
    """Otherwise the page would promise a backup that is none, or keep quiet about revoked keys that work again."""
    backup, restore = BLOCKS
    with serving(tmp_path / "onepin") as server:
        owner = Owner(server)
        kept, leaked = owner.key(), owner.key()
        shell(backup, tmp_path)
        owner.revoke(leaked)
        newer = owner.key()
        assert [status(server.base_url, key) for key in (kept, leaked, newer)] == [200, 401, 200]
    shell(restore, tmp_path)
    with serving(tmp_path / "restored") as server:
        assert [status(server.base_url, key) for key in (kept, leaked, newer)] == [200, 200, 401]
        Owner(server, owner.email).revoke(leaked)
        assert status(server.base_url, leaked) == 401


def test_without_its_pepper_a_database_is_refused(tmp_path: Path) -> None:
    """Otherwise a server would run on and answer every good key with 401."""
    with serving(tmp_path / "data") as server:
        Owner(server).key()
    (tmp_path / "data" / "pepper").unlink()
    with pytest.raises(DidNotStart, match="is not the one this database was made with"), serving(tmp_path / "data"):
        pass
