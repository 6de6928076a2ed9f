"""Holds the broker's folder for one process at a time, so that no two write to one store."""

import fcntl
import os
import time
from pathlib import Path
from typing import IO, Final

PATIENCE_S: Final = 5.0
_POLL_S: Final = 0.05


class FolderInUseError(RuntimeError):
    """Another broker works in this folder; the message names it."""


class FolderLock:
    """An advisory lock that the broker's child inherits: it holds for as long as either lives."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "broker.lock"
        self._file: IO[str] | None = None

    @property
    def descriptor(self) -> int:
        """The open file to hand down to the child."""
        assert self._file is not None
        return self._file.fileno()

    def acquire(self, patience_s: float = PATIENCE_S) -> None:
        """Take the folder; wait a little, since a child of a killed broker is just ending."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.open("a+", encoding="ascii")
        deadline = time.monotonic() + patience_s
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as taken:
                if time.monotonic() < deadline:
                    time.sleep(_POLL_S)
                    continue
                file.seek(0)
                holder = file.read(20).strip() or "unknown"
                file.close()
                msg = (
                    f"Another broker (process {holder}) is using {self.path.parent}. Stop it "
                    "first, or give this one another data folder."
                )
                raise FolderInUseError(msg) from taken
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._file = file

    def release(self) -> None:
        """Give the folder back."""
        if self._file is not None:
            self._file.close()
            self._file = None
