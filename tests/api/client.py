"""Asks the API within this process; a mistake of ours is an answer here, as it is for a page."""

import asyncio
from collections.abc import Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
from fastapi import FastAPI

PREFIX = "/api/v1"
T = TypeVar("T")


def run_apart(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on a thread of its own: a browser in this process leaves its loop on ours."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


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

        return run_apart(asked())

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
