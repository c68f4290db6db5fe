"""`python -m local.demo.pictures [APP STANDINS]`: the README's pictures, from a stack that runs."""

import sys
from pathlib import Path

from local.demo import steps
from local.demo.browser import Browser, browser
from local.demo.scene import Scene

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "images"
APP, STANDINS = "http://127.0.0.1:7071", "http://127.0.0.1:7080"
WIDTH, HEIGHT = 1120, 760
BEFORE_THE_PICTURES = steps.fan_leaves  # By then there is artwork on the page, and mail.


def main(app: str = APP, standins: str = STANDINS) -> None:
    """Play the journey until there is something to see, and take the pictures of it."""
    scene = Scene(app=app, standins=standins)
    for title, step in steps.JOURNEY:
        sys.stdout.write(f"  {title} … {step(scene)}\n")
        if step is BEFORE_THE_PICTURES:
            break
    with browser() as window:
        window.looks(width=WIDTH, height=HEIGHT)
        _take(window, f"{app}/a/{scene.slug}", "capture-page.png")
        _take(window, f"{standins}/outbox", "outbox.png")


def _take(window: Browser, url: str, name: str) -> None:
    window.open(url)
    window.picture(FOLDER / name)
    size = (FOLDER / name).stat().st_size
    sys.stdout.write(f"  docs/images/{name}, {size // 1024} KB\n")


if __name__ == "__main__":
    main(*sys.argv[1:3])
