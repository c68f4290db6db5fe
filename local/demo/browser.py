"""A real Chromium, as a person with a phone or at a desk sees the pages. Downloads nothing."""

import io
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from PIL import Image
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.wait import WebDriverWait

QUIET = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--hide-scrollbars",
    "--metrics-recording-only",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-proxy-server",
)
HEIGHT = 900
PATIENCE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Browser:
    """One window of it."""

    driver: Chrome

    def open(self, url: str) -> None:
        self.driver.get(url)

    def looks(
        self,
        *,
        width: int,
        scheme: str = "light",
        height: int = HEIGHT,
        density: int = 1,
        **wishes: str,
    ) -> None:
        """Have the width of a screen, its pixels, and the person's choice of light or dark.

        Further wishes are media features, such as `forced_colors="active"`.
        """
        self._devtools(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=density,
            mobile=width < 600,
        )
        chosen = {"prefers_color_scheme": scheme, **wishes}
        features = [
            {"name": name.replace("_", "-"), "value": value} for name, value in chosen.items()
        ]
        self._devtools("Emulation.setEmulatedMedia", features=features)

    def without_javascript(self) -> None:
        self._devtools("Emulation.setScriptExecutionDisabled", value=True)

    def find(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def press(self, selector: str) -> None:
        """Press a form's button, and wait until the answer has taken the page's place."""
        before = self.find("html")
        self.find(selector).click()
        # In the middle of a change of pages the driver may know neither of them.
        wait = WebDriverWait(self.driver, PATIENCE_SECONDS, ignored_exceptions=[WebDriverException])
        wait.until(staleness_of(before))

    def text(self) -> str:
        return self.find("body").text

    def widths(self) -> tuple[float, float]:
        """Return how wide the content is, and how wide the window that shows it, in CSS pixels."""
        metrics = self._devtools("Page.getLayoutMetrics")
        return metrics["cssContentSize"]["width"], metrics["cssLayoutViewport"]["clientWidth"]

    def colour(self, selector: str, property_name: str) -> str:
        return self.find(selector).value_of_css_property(property_name)

    def picture(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with Image.open(io.BytesIO(self.driver.get_screenshot_as_png())) as shot:
            shot.convert("RGB").save(path, optimize=True)  # Chromium packs its own loosely.

    def hosts(self) -> set[str]:
        """Return every host and port that was asked for since the last look."""
        events = (json.loads(entry["message"])["message"] for entry in self._log())
        asked = (
            event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        )
        return {urlsplit(url).netloc for url in asked if not url.startswith(("data:", "about:"))}

    def forget(self) -> None:
        """Forget what was loaded: the next page comes over the wire as on a first visit."""
        self._devtools("Network.clearBrowserCache")
        self._log()

    def connection(self, bytes_per_second: int) -> None:
        """Have a connection that brings a page piece by piece; 0 is one without a limit."""
        self._devtools("Network.enable")
        self._devtools(
            "Network.emulateNetworkConditions",
            offline=False,
            latency=0,
            downloadThroughput=bytes_per_second or -1,
            uploadThroughput=-1,
        )

    def loaded_bytes(self) -> int:
        """Return how many bytes came over the wire since the last look, headers with them."""
        events = (json.loads(entry["message"])["message"] for entry in self._log())
        return sum(
            int(event["params"]["encodedDataLength"])
            for event in events
            if event["method"] == "Network.loadingFinished"
        )

    def sends(self, **headers: str) -> None:
        """Send these headers with everything from now on."""
        self._devtools("Network.enable")
        self._devtools("Network.setExtraHTTPHeaders", headers=headers)

    def tell(self, script: str, *given: object) -> Any:  # noqa: ANN401 - whatever the script says.
        """Ask the page, by a script that hands what it finds to `tell`: past the page's CSP."""
        wrapped = f"const tell = arguments[arguments.length - 1]; {script}"
        return self.driver.execute_async_script(wrapped, *given)

    def _log(self) -> list[dict[str, str]]:
        entries: list[dict[str, str]] = self.driver.get_log("performance")  # type: ignore[no-untyped-call]  # Selenium leaves it untyped.
        return entries

    def _devtools(self, command: str, **arguments: object) -> dict[str, dict[str, float]]:
        answer: dict[str, dict[str, float]] = self.driver.execute_cdp_cmd(command, arguments)
        return answer


@contextmanager
def browser() -> Iterator[Browser]:
    """Run Chromium for a block.

    Raises:
        FileNotFoundError: it is not on this machine.
    """
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        raise FileNotFoundError("chromium and chromedriver, of Debian's package chromium-driver")
    options = ChromeOptions()
    options.binary_location = chromium
    for option in QUIET:
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    window = Chrome(options=options, service=Service(driver))
    try:
        yield Browser(window)
    finally:
        window.quit()
