"""What could not run on this machine is said at the end of every run, with its reason.

A test that finds what it needs missing records the reason under NOT_RUN and ends.
"""

from collections.abc import Iterator

from _pytest.terminal import TerminalReporter

from tests.worker.python313 import ABSENT, python313

NOT_RUN = "not_run"


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Print the section, when there is something to say."""
    reasons = sorted({*_recorded(terminalreporter), *([] if python313() else [ABSENT])})
    if reasons:
        terminalreporter.section("did not run on this machine")
    for reason in reasons:
        terminalreporter.line(f"NOT RUN  {reason}")


def _recorded(terminalreporter: TerminalReporter) -> Iterator[str]:
    for report in terminalreporter.getreports("passed"):
        for name, reason in report.user_properties:
            if name == NOT_RUN:
                yield str(reason)
