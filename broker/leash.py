"""Starts a program that ends when its parent ends, so that a killed supervisor leaves none behind.

Run as `python -I -S leash.py PARENT_PID PROGRAM ARGUMENT...`: asks the Linux kernel for a SIGTERM
at the parent's death, then becomes the program, keeping the process id. A script of its own,
because code run between fork and exec in a process with threads may hang.
"""

import ctypes
import os
import signal
import sys
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def main(arguments: list[str]) -> None:
    """Tie this process to its parent, then turn into the program."""
    parent_pid, program = int(arguments[0]), arguments[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent_pid:
        sys.exit("The process that started this one has ended already.")
    os.execv(program[0], program)  # noqa: S606 (no shell is wanted here)


if __name__ == "__main__":
    main(sys.argv[1:])
