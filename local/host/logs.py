"""The host's log: the root logger at INFO as in Azure, each line with function and invocation."""

import logging
import sys
from contextvars import ContextVar

invocation: ContextVar[str] = ContextVar("invocation", default="host")


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        record.invocation = invocation.get()
        return super().format(record)


def set_up_logging() -> None:
    """Send every record to standard output, which the stack keeps as `logs/host.log`."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        _Formatter("%(asctime)s %(levelname)-7s %(name)s [%(invocation)s] %(message)s")
    )
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.handlers[:] = [handler]
    # The host's own polling would fill the log with one line a request.
    logging.getLogger("azure.core.pipeline.policies.http_logging_policy").setLevel(logging.WARNING)
