"""Finds a free port on loopback, and says plainly when the wanted one is taken."""

import socket
from typing import Final

LOOPBACK: Final = "127.0.0.1"
NEIGHBOURS_TRIED: Final = 20


def free_port(preferred: int) -> tuple[int, str | None]:
    """Return a port to listen on and, where it is not the preferred one, a sentence saying so.

    Looks at the ports right above first, because those are easy to remember; 0 asks for any.
    """
    if preferred == 0:
        return _any_port(), None
    if is_free(preferred):
        return preferred, None
    neighbours = range(preferred + 1, min(preferred + 1 + NEIGHBOURS_TRIED, 65536))
    chosen = next((port for port in neighbours if is_free(port)), None) or _any_port()
    return chosen, f"Port {preferred} is taken by another program; using {chosen} instead."


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Tell whether we could listen on the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port whose last connections are still winding down is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def answers(port: int, host: str = LOOPBACK) -> bool:
    """Tell whether somebody accepts connections on the port."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def _any_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
