"""Asks the API within this process; a mistake of ours is an answer here, as it is for a page."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI

PREFIX = "/api/v1"


@dataclass(frozen=True, slots=True)
class Client:
    """A client of one application."""

    app: FastAPI

    def ask(
        self, path: str, *, method: str = "GET", headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Send one request."""

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
                return await client.request(method, path, headers=headers)

        return asyncio.run(asked())

    def get(self, path: str, **headers: str) -> Any:  # noqa: ANN401 - whatever JSON it is
        """Return what an address of the API says, which must be a success."""
        response = self.ask(f"{PREFIX}/{path}", headers=headers)
        assert response.status_code == 200, response.text
        return response.json()

    def refused(self, path: str, *, method: str = "GET") -> tuple[int, dict[str, str]]:
        """Return status and words of a refusal, which must have both languages."""
        response = self.ask(f"{PREFIX}/{path}", method=method)
        assert response.status_code >= 400, response.text
        error = response.json()["error"]
        assert set(error) == {"code", "message", "message_zh"}
        assert error["message"].endswith((".", ":")), error
        assert error["message_zh"].endswith("。"), error
        assert "Traceback" not in response.text
        return response.status_code, error
