"""The OpenAPI document with its examples whole: the framework would leave out what is null."""

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute


class DocumentedApi(FastAPI):
    """An application whose examples stand in its document as they were written."""

    def add_routers(self, routers: Iterable[APIRouter], *, prefix: str) -> None:
        """Include routers, and remember their examples."""
        self._examples: list[tuple[str, APIRoute]] = []
        for router in routers:
            self.include_router(router, prefix=prefix)
            for route in router.routes:
                assert isinstance(route, APIRoute)
                self._examples.append((prefix + route.path, route))

    def openapi(self) -> dict[str, Any]:
        """Return the document."""
        if self.openapi_schema is None:
            document = super().openapi()
            for path, route in self._examples:
                assert route.methods is not None
                [method] = route.methods
                for status, says in route.responses.items():
                    answer = document["paths"][path][method.lower()]["responses"][str(status)]
                    for kind, content in says.get("content", {}).items():
                        answer["content"][kind]["example"] = content["example"]
            self.openapi_schema = document
        return self.openapi_schema
