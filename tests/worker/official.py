"""The official worker library in an environment of its own, made once under `.local/worker/`."""

import hashlib
import shutil
import subprocess
from pathlib import Path

from local.stack.files import CACHE, ROOT
from local.stack.locks import exclusive

RUNTIME = "azure-functions-runtime==1.3.0"
HOME = CACHE / "worker"
REQUIREMENTS = ROOT / "requirements.txt"


def official_worker(base: Path) -> Path:
    """Return the Python of an environment with the worker and the application's requirements."""
    python = HOME / "bin" / "python"
    stamp = HOME / "prepared"
    version = subprocess.check_output([base, "--version"], text=True).strip()
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    wanted = f"{version} {RUNTIME} {digest}"
    with exclusive(CACHE / "worker.lock", waiting="Another test prepares the worker; waiting"):
        # The stamp is written last: an interrupted preparation is begun again.
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
            shutil.rmtree(HOME, ignore_errors=True)
            subprocess.run([base, "-m", "venv", HOME], check=True)
            options = ["--quiet", "--no-input", "--disable-pip-version-check"]
            packages = [RUNTIME, "-r", str(REQUIREMENTS)]
            subprocess.run([python, "-m", "pip", "install", *options, *packages], check=True)
            stamp.write_text(wanted, encoding="utf-8")
    return python
