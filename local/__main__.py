"""`python3 -m local`: the door. It must parse on any Python, so that an old one gets a sentence."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - exactly here an old interpreter is met.
    sys.stderr.write(
        "ArtistOS needs Python 3.11 or newer; this is Python %d.%d (%s).\n"  # noqa: UP031 - no f-strings in an old Python.
        "Start it with a newer one, for example: python3.11 -m local up\n"
        % (sys.version_info[0], sys.version_info[1], sys.executable)
    )
    sys.exit(1)

try:
    from local.bootstrap import main

    sys.exit(main(sys.argv[1:]))
except KeyboardInterrupt:
    sys.stderr.write("\nStopped.\n")
    sys.exit(130)
