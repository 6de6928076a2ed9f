"""Who may change something: until there is sign-in, only somebody on this very machine."""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request

from service.api.errors import RefusalError

_JSON: Final = "application/json"
_FILE: Final = "application/octet-stream"
_OWN_SITES: Final = frozenset({"", "same-origin", "none"})
_OF_PROXIES: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""What a proxy adds to what it passes on: then whoever asks may be anywhere."""


def only_from_here(request: Request) -> None:
    """Refuse whoever is not on this machine, and any other site's page that is open on it.

    A browser lets every page send a form to this machine, and a hostile name may point to it. So
    the caller, the name by which we are called, and the page that asks all have to be of here, and
    what is sent is JSON, which no form can send. What a proxy says it passed on is not of here.
    """
    _refuse_others(request)
    if _kind_of(request) != _JSON:
        raise RefusalError(
            415,
            "not_json",
            "Send JSON, with the header Content-Type: application/json.",
            "请以 JSON 发送，并带上请求头 Content-Type: application/json。",
        )


def only_files_from_here(request: Request) -> None:
    """Refuse as ``only_from_here`` does, where the body is a file: no form can send one so."""
    _refuse_others(request)
    if _kind_of(request) != _FILE:
        raise RefusalError(
            415,
            "not_a_file",
            "Send the file as it is, with the header Content-Type: application/octet-stream.",
            "请原样发送文件，并带上请求头 Content-Type: application/octet-stream。",
        )


def _kind_of(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _refuse_others(request: Request) -> None:
    if not _comes_from_here(request):
        raise RefusalError(
            403,
            "writing_refused",
            "Nothing can be changed from here: until there is sign-in, this is allowed on the "
            "service's own machine alone. There, use the page, or the command line of the service.",
            "这里不能修改数据：在启用登录之前，只允许在服务所在的本机上操作。"
            "请在本机打开页面，或使用服务的命令行。",
        )


def _comes_from_here(request: Request) -> bool:
    asked = request.headers
    origin = asked.get("origin")
    try:
        return (
            request.client is not None
            and _is_here(request.client.host)
            and _is_here(urlsplit(f"//{asked.get('host', '')}").hostname)
            and (origin is None or urlsplit(origin).netloc == asked.get("host"))
            and asked.get("sec-fetch-site", "") in _OWN_SITES
            and not any(name in asked for name in _OF_PROXIES)
        )
    except ValueError:  # A host or an origin that is no name at all, like "[".
        return False


def _is_here(name: str | None) -> bool:
    if name is None:
        return False
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
