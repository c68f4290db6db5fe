"""`python3 -m local bench`: every bench, or those that are named."""

import sys
from collections.abc import Callable

from bench import door, imports, operations, signup

BENCHES: dict[str, Callable[[], None]] = {
    "imports": imports.run,
    "signup": signup.run,
    "door": door.run,
    "operations": operations.run,
}


def main(names: list[str]) -> int:
    """Run the benches that are named, or all."""
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        sys.stderr.write(f"No bench is called {unknown[0]}; there are {', '.join(BENCHES)}.\n")
        return 2
    for name in names or list(BENCHES):
        BENCHES[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
