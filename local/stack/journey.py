"""`python -m local.stack.journey APP STANDINS`: the demo as a process that can be ended."""

import importlib
import sys


def main(app_url: str, standins_url: str) -> int:
    """Run the demo; 0 only if every step of it worked."""
    demo = importlib.import_module("local.demo")
    return 0 if demo.run(app_url, standins_url) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
