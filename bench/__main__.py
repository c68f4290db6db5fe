"""`python3 -m local bench`: every bench, or those that are named."""

import subprocess
import sys
from collections.abc import Callable

from bench import blasts, door, enumeration, imports, lists, operations, pages, signup

BENCHES: dict[str, Callable[[], None]] = {
    "imports": imports.run,
    "signup": signup.run,
    "door": door.run,
    "enumeration": enumeration.run,
    "lists": lists.run,
    "pages": pages.run,
    "blasts": blasts.run,
    "operations": operations.run,
}


def main(names: list[str]) -> int:
    """Run the benches that are named, or all."""
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        sys.stderr.write(f"No bench is called {unknown[0]}; there are {', '.join(BENCHES)}.\n")
        return 2
    if len(names) == 1:
        BENCHES[names[0]]()
        return 0
    # Each in a process of its own: an application is made and indexed once in a process.
    command = [sys.executable, "-m", "bench"]
    return max(subprocess.call([*command, name]) for name in names or BENCHES)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
