"""A device, its person, and what they send."""

from dataclasses import dataclass
from typing import Any

import httpx

from answers import data
from onepin.contract.device_grants import DEVICE_CODE_GRANT, REFRESH_GRANT
from service import Service, bearer

START, TOKEN = "auth/device", "auth/device/token"


@dataclass
class Device:
    """A program without a browser, at one service."""

    service: Service
    started: dict[str, Any]

    @classmethod
    async def start(cls, service: Service, **form: str) -> "Device":
        """One that has begun to sign in."""
        answer = await service.call("POST", START, data={"client_id": "onepin-cli"} | form)
        assert answer.status_code == 200, answer.text
        return cls(service, answer.json())

    @property
    def path(self) -> str:
        """Where its person decides."""
        return f"auth/approvals/{self.started['user_code']}"

    async def ask(self) -> httpx.Response:
        """Whether the person has decided."""
        form = {"grant_type": DEVICE_CODE_GRANT, "device_code": self.started["device_code"], "client_id": "onepin-cli"}
        return await self.service.call("POST", TOKEN, data=form)

    async def decide(self, headers: dict[str, str], approve: bool = True) -> httpx.Response:
        """What the person says."""
        return await self.service.call("POST", self.path, headers, json={"approve": approve})


async def refresh(service: Service, secret: str) -> httpx.Response:
    """A new session token for a refresh secret, if it is one."""
    return await service.call("POST", TOKEN, data={"grant_type": REFRESH_GRANT, "refresh_token": secret})


async def signed_in(service: Service, headers: dict[str, str] | None = None, **form: str) -> dict[str, Any]:
    """What a device gets that its person approved."""
    device = await Device.start(service, **form)
    assert data(await device.decide(headers or service.session())) == {"status": "approved"}
    answer = await device.ask()
    assert answer.status_code == 200, answer.text
    granted: dict[str, Any] = answer.json()
    return granted


async def sessions(service: Service, headers: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """Somebody's sessions."""
    found: list[dict[str, Any]] = data(await service.call("GET", "auth/sessions", headers or service.session()))
    return found


def denied(answer: httpx.Response) -> str:
    """Why there is no token."""
    assert answer.status_code == 400, answer.text
    error: str = answer.json()["error"]
    return error


def carrying(granted: dict[str, Any]) -> dict[str, str]:
    """The headers of a signed-in device."""
    return bearer(granted["access_token"])
