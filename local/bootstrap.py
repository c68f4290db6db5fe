"""From a bare Python to a prepared one: makes an environment, fills it, and goes on inside it.

Standard library only: this runs before anything is installed. The environment's stamp is written
last, so an interrupted preparation is simply taken up again.
"""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

from local.stack.console import Progress, say
from local.stack.files import CACHE, ROOT, write_whole
from local.stack.locks import exclusive
from local.stack.problems import StackError

REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")
PIP_LOG = CACHE / "logs" / "pip.log"


def environment(root: Path, *, minor: str) -> Path:
    """Return where a Python's packages are: `.venv`, unless that is another version's.

    A stack may run in the other version's, and imports what it needs only when it needs it.
    """
    usual = root / ".venv"
    try:
        made_by = (usual / "pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:
        return usual
    version = re.search(r"^version\s*=\s*(\d+\.\d+)", made_by, re.MULTILINE)
    return usual if version is None or version.group(1) == minor else root / f".venv-{minor}"


VENV = environment(ROOT, minor=".".join(map(str, sys.version_info[:2])))
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "prepared.json"

USAGE = """\
Usage: python3 -m local COMMAND

  up         start everything, run the demo journey, print addresses, stay until Ctrl-C
             (--no-demo, --exit, --data DIR, --port-base N)
  test       run the tests; arguments go to pytest
  bench      run the benchmarks; arguments go to them
  services   start everything but the host, for `func start` (--data DIR, --port-base N)
  compact    with the stack stopped, copy what is live into a fresh Azurite store (--data DIR)
  routes     print every trigger of the application by kind (docs/ROUTES.md)
  triggers   write the list of triggers that the host is told (functions/triggers.json)
  help       show this
"""
COMMANDS = ("up", "test", "bench", "services", "compact", "routes", "triggers")


def main(arguments: Sequence[str]) -> int:
    """Prepare the environment and run the command in it; return the exit code."""
    if not arguments or arguments[0] in {"help", "-h", "--help"}:
        print(USAGE, end="")
        return 0
    if arguments[0] not in COMMANDS:
        print(f"There is no command {arguments[0]!r}.\n\n{USAGE}", end="", file=sys.stderr)
        return 2
    # Ended from outside is ended like Ctrl-C: whatever is being fetched is ended too.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        prepare()
        if Path(sys.prefix).resolve() != VENV.resolve():
            os.chdir(ROOT)
            os.execv(PYTHON, [str(PYTHON), "-m", "local", *arguments])  # noqa: S606 - no shell is wanted.
        from local.commands import run

        return run(arguments)
    except StackError as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1


def prepare() -> None:
    """Make the environment fit this Python and the requirements files, if it does not yet.

    Raises:
        StackError: the environment cannot be made, or packages cannot be fetched.
    """
    if _is_prepared():
        return
    with exclusive(CACHE / "bootstrap.lock", waiting="Another start prepares Python; waiting"):
        if _is_prepared():
            return
        if not _fits_this_python():
            _make_venv()
        _install()
        write_whole(STAMP, json.dumps(_wanted()))


def _wanted() -> dict[str, str]:
    digest = hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in REQUIREMENTS))
    return {"python": sys.version.split()[0], "requirements": digest.hexdigest()}


def _is_prepared() -> bool:
    try:
        return PYTHON.exists() and json.loads(STAMP.read_text(encoding="utf-8")) == _wanted()
    except (FileNotFoundError, ValueError):
        return False


def _fits_this_python() -> bool:
    """Tell whether the environment runs and was made by this very version of Python."""
    if not PYTHON.exists():
        return False
    answer = subprocess.run(
        [PYTHON, "-c", "import sys, pip; print(sys.version.split()[0])"],
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.stdout.strip() == sys.version.split()[0]


def _make_venv() -> None:
    if VENV.exists() and not _is_ours(VENV):
        raise StackError(f"{VENV} is not a virtual environment. Move it away, then start again.")
    say(f"Making {VENV.name} for Python {sys.version.split()[0]}")
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        venv.EnvBuilder(with_pip=True, symlinks=os.name != "nt").create(VENV)
    except (subprocess.CalledProcessError, OSError) as fault:
        shutil.rmtree(VENV, ignore_errors=True)
        raise StackError(
            f"This Python cannot make a virtual environment ({type(fault).__name__}). On Debian "
            "and Ubuntu install the package python3-venv, then start again."
        ) from fault


def _is_ours(folder: Path) -> bool:
    """Tell a virtual environment, even one left half-made, from somebody's folder of that name."""
    first_made = {"bin", "include", "lib", "lib64"}
    names = {path.name for path in folder.iterdir()}
    return "pyvenv.cfg" in names or names <= first_made


def _install() -> None:
    say("Installing the Python packages")
    PIP_LOG.parent.mkdir(parents=True, exist_ok=True)
    files = [part for name in REQUIREMENTS for part in ("-r", name)]
    command = [str(PYTHON), "-m", "pip", "install", "--no-input", "--progress-bar", "off"]
    command += ["--retries", "2", "--disable-pip-version-check", *files]
    with (
        PIP_LOG.open("w", encoding="utf-8") as log,
        Progress("packages found") as progress,
        subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as pip,
    ):
        try:
            for line in pip.stdout or ():
                log.write(line)
                if line.startswith(("Collecting", "Requirement already")):
                    progress.step()
                elif line.startswith("Installing collected"):
                    progress.note("unpacking")
        except BaseException:
            pip.terminate()
            raise
    if pip.returncode:
        raise StackError(_why_pip_failed(PIP_LOG.read_text(encoding="utf-8")))


def _why_pip_failed(output: str) -> str:
    signs = ("connection", "timed out", "Temporary failure", "Name or service", "ProxyError")
    if any(sign.lower() in output.lower() for sign in signs):
        reason = (
            "The package registry could not be reached. Is there a network (or a proxy to set)?"
        )
    else:
        reason = "pip could not install the packages."
    errors = [line for line in output.splitlines() if line.startswith("ERROR")]
    shown = "\n".join(f"  {line}" for line in (errors or output.splitlines())[-3:])
    return f"{reason}\n{shown}\nThe whole story is in {PIP_LOG.relative_to(ROOT)}."
