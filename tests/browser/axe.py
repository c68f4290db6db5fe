"""axe-core in a page: what stands in the way of people."""

from functools import cache
from typing import Any

from local.demo.browser import Browser
from tests.sdks.javascript import HOME, installed

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# On a picture axe-core leaves contrast to us: `test_contrast.py` measures it there.
PLAIN = """
document.querySelector('.glow')?.remove()
document.body.style.backgroundImage = 'none'
"""
RUN = "axe.run(document, {runOnly: arguments[0], resultTypes: ['violations']}).then(tell)"


def violations(window: Browser) -> list[str]:
    """Return what axe-core finds wrong with the page as it looks at this moment."""
    window.driver.execute_script(PLAIN)
    if not window.driver.execute_script("return 'axe' in window"):
        window.driver.execute_script(_source())
    found: dict[str, Any] = window.tell(RUN, list(TAGS))
    assert found["testEngine"]["name"] == "axe-core"
    return [
        f"{rule['id']}: {rule['help']}: {[node['html'][:200] for node in rule['nodes']]}"
        for rule in found["violations"]
    ]


@cache
def _source() -> str:
    installed()
    return (HOME / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
