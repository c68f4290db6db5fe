"""Where there is no Python 3.13, what needs it is not collected; `tests/notices.py` says so."""

from tests.worker.python313 import python313

collect_ignore = [] if python313() else ["test_official_worker.py"]
