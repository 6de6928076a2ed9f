"""How often an address may ask: a bucket of so many questions, filled again minute by minute."""

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from fastapi import Request

from service.api.errors import RefusalError

ADDRESSES_MAX: Final = 10_000
"""So many addresses are remembered, those that asked last; they are kept in memory alone."""

IPV6_PREFIX: Final = 64
"""Whoever has one address of IPv6 has at least all of its network."""

MINUTE_S: Final = 60.0


class RateLimit:
    """Lets each address ask so many times at once, and as many again in each minute."""

    def __init__(
        self,
        *,
        per_minute: int,
        addresses_max: int = ADDRESSES_MAX,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with full buckets."""
        self._per_minute, self._addresses_max = per_minute, addresses_max
        self._monotonic_s = monotonic_s
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, address: str) -> float:
        """Take one question out of an address's bucket, or return the seconds until there is one.

        A refused question takes nothing: who waits as long as told is let in.
        """
        with self._lock:
            now_s = self._monotonic_s()
            left, at_s = self._buckets.pop(address, (float(self._per_minute), now_s))
            left = min(self._per_minute, left + (now_s - at_s) * self._per_minute / MINUTE_S)
            wait_s = 0.0 if left >= 1 else (1 - left) * MINUTE_S / self._per_minute
            self._buckets[address] = (left if wait_s else left - 1, now_s)
            if len(self._buckets) > self._addresses_max:
                self._buckets.popitem(last=False)
            return wait_s

    @property
    def addresses(self) -> int:
        """How many addresses are remembered."""
        return len(self._buckets)

    async def __call__(self, request: Request) -> None:
        """Refuse a question that comes too soon: a dependency of routes."""
        wait_s = self.wait_s(asker(request.client.host if request.client else ""))
        if wait_s:
            retry_s = math.ceil(wait_s)
            raise RefusalError(
                429,
                "asked_too_often",
                f"Too many questions came from your address: {self._per_minute} a minute are "
                f"answered. Try again in {retry_s} s.",
                f"您的地址提问过于频繁：每分钟最多 {self._per_minute} 次。请 {retry_s} 秒后重试。",
                retry_s=retry_s,
            )


def asker(host: str) -> str:
    """Return whom an address counts for: itself, or its network where it is one of IPv6."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return ""  # All that have no address count as one.
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), IPV6_PREFIX), strict=False))
