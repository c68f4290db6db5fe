"""What a cold start pays: time and memory of `function_app`, beside the capture path."""

import statistics
import subprocess
import sys

from bench.figures import table

ROUNDS = 5
CASES = {
    "capture path's set (functions, tables, geoip2.database)": (
        "import azure.functions, azure.data.tables, geoip2.database"
    ),
    "function_app, imported": "import function_app",
    "function_app, imported and indexed": "import function_app; function_app.app.get_functions()",
    "and what a first sign-up imports": (
        "import function_app; function_app.app.get_functions(); "
        "import functions.capture, azure.data.tables, azure.identity, geoip2.database"
    ),
}
_MEASURE = """
import resource, sys, time
began = time.perf_counter()
{code}
print(time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def run() -> None:
    """Measure each case in fresh interpreters."""
    rows = []
    first: float | None = None
    for name, code in CASES.items():
        seconds, kibibytes = _measured(code)
        first = first or seconds
        rows.append(
            (name, f"{seconds * 1000:.0f}", f"{kibibytes / 1024:.0f}", f"{seconds / first:.2f}")
        )
    table("Cold start", ("import", "ms", "MiB, whole process", "ratio"), rows)


def _measured(code: str) -> tuple[float, float]:
    runs = []
    for _ in range(ROUNDS):
        command = [sys.executable, "-c", _MEASURE.format(code=code)]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        runs.append([float(part) for part in printed.split()])
    return statistics.median(r[0] for r in runs), statistics.median(r[1] for r in runs)
