"""`python -m local.stack.tether PARENT COMMAND…`: becomes the command, and ends with its parent.

On Linux the kernel then ends the command even if the supervisor is killed with -9, so that nothing
is left running. Elsewhere the command simply runs.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1


def tethered(command: Sequence[str]) -> list[str]:
    """Return the command that runs a command tied to this process."""
    return [sys.executable, "-m", "local.stack.tether", str(os.getpid()), *command]


def main(parent: int, command: list[str]) -> None:
    """Tie this process to its parent, then become the command."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            # The parent went before the tie held.
            sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606 - becoming another program is all it is for.


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
