"""Measuring and printing: CPU of this process, medians, one table for each bench."""

import statistics
import sys
import time
from collections.abc import Callable, Sequence


def cpu_milliseconds(work: Callable[[], object], *, times: int, rounds: int = 5) -> float:
    """Return the median CPU time of one call in milliseconds, after a warm-up round."""
    for _ in range(max(1, times // 10)):
        work()
    return statistics.median(_round(work, times) for _ in range(rounds))


def _round(work: Callable[[], object], times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - began) * 1000 / times


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table as Markdown, so that it can be kept in docs/BENCHMARKS.md."""
    sys.stdout.write(f"\n### {title}\n\n| {' | '.join(head)} |\n|{'---|' * len(head)}\n")
    for row in rows:
        sys.stdout.write(f"| {' | '.join(row)} |\n")
    sys.stdout.flush()
