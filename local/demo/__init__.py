"""The journey: from the first sign-in to the mail in a fan's mailbox, over HTTP alone."""

import sys
import time
from collections.abc import Callable

from local.demo import steps
from local.demo.scene import Scene, StepFailed, patiently

RETRIES = 3
BACK_SECONDS = 30


def run(app_url: str, standins_url: str) -> bool:
    """Play the whole journey with a line for each step; True only if all of it worked.

    A step that loses its connection (the host was killed) is played again when the host is back:
    every step is safe to repeat, which is the point of the product.
    """
    scene = Scene(app=app_url, standins=standins_url)
    began = time.monotonic()
    for number, (title, step) in enumerate(steps.JOURNEY, start=1):
        sys.stdout.write(f"  {number:>2}. {title} … ")
        sys.stdout.flush()
        try:
            told = _played(step, scene)
        except StepFailed as failure:
            sys.stdout.write(f"failed\n      {failure}\n")
            return False
        sys.stdout.write(f"{told}\n")
    _print_places(scene, time.monotonic() - began)
    return True


def _played(step: Callable[[Scene], str], scene: Scene) -> str:
    for _ in range(RETRIES):
        try:
            return step(scene)
        except OSError:
            patiently(scene, "/_local/pid", seconds=BACK_SECONDS)
    return step(scene)


def _print_places(scene: Scene, seconds: float) -> None:
    sys.stdout.write(
        f"\n  The journey took {seconds:.0f} s. Open in a browser:\n"
        f"    {scene.app}/a/{scene.slug}    the capture page\n"
        f"    {scene.standins}/outbox    every mail that went out\n"
        f"    {scene.app}/api/docs    the API\n"
    )
    sys.stdout.flush()
