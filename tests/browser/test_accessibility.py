"""WCAG 2.2 AA on every public page: by axe-core, by keyboard, enlarged, and in forced colours."""

from collections.abc import Iterator

import pytest
from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys

from local.demo.browser import Browser, browser
from tests.browser import axe, scenery
from tests.browser.scenery import PAGES, Scenery
from tests.world import World

pytestmark = [pytest.mark.stack, pytest.mark.browser]

LOOKS = [(width, scheme) for width in (320, 1440) for scheme in ("light", "dark")]
# WCAG 2.2, 1.4.12: what a reader may set, and nothing may be cut off.
TEXT_SPACING = """
* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
p { margin-bottom: 2em !important }
"""
TWICE_THE_TEXT = "html { font-size: 200% !important }"
ADD_STYLE = """
const style = document.createElement('style')
style.textContent = arguments[0]
document.head.append(style)
"""
CUT_OFF = """
const may = e => e.matches('input, .trap, .glow, .art')
const hides = e => getComputedStyle(e).overflow !== 'visible' && !may(e)
const overflows = e => e.scrollWidth > e.clientWidth || e.scrollHeight > e.clientHeight
return [...document.querySelectorAll('body *')]
  .filter(e => e.clientWidth && hides(e) && overflows(e))
  .map(e => e.outerHTML.slice(0, 200))
"""
MOVING = """
const moves = style => style.animationName !== 'none' || /[1-9]/.test(style.transitionDuration)
return [...document.querySelectorAll('*')].filter(e => moves(getComputedStyle(e))).length
"""
FOCUS = """
const e = document.activeElement, style = getComputedStyle(e);
return [e.name || e.type || e.textContent, style.outlineStyle, parseFloat(style.outlineWidth)]
"""


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def here(stack: World) -> Iterator[Scenery]:
    stack.calm()
    yield scenery.arranged(stack)
    stack.calm()


@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing_on_any_page_at_any_size_in_light_and_dark(
    here: Scenery, window: Browser, page: str
) -> None:
    window.looks(width=320)
    PAGES[page](here, window)
    for width, scheme in LOOKS:
        window.looks(width=width, scheme=scheme)
        assert axe.violations(window) == [], (width, scheme)
        content, shown = window.widths()
        assert content <= shown, (width, scheme)
    assert window.find("h1").is_displayed()


def test_the_keyboard_goes_through_field_box_and_button_and_is_seen_everywhere(
    here: Scenery, window: Browser
) -> None:
    window.looks(width=320)
    window.open(here.form())
    for expected in ("email", "consent", "submit", "Privacy"):
        ActionChains(window.driver).send_keys(Keys.TAB).perform()
        name, style, wide = window.driver.execute_script(FOCUS)
        assert name == expected
        assert style == "solid"
        assert wide >= 2


def test_a_whole_sign_up_needs_the_keyboard_alone(here: Scenery, window: Browser) -> None:
    window.open(here.form())
    keys = (Keys.TAB, "by-keys@fan-mail.dev", Keys.TAB, Keys.SPACE, Keys.ENTER)
    ActionChains(window.driver).send_keys(*keys).perform()
    here.world.until(lambda: window.driver.title == "Thank you", "the page after the form")


def test_what_is_wrong_is_said_beside_its_field_which_has_the_focus(
    here: Scenery, window: Browser
) -> None:
    PAGES["form with errors"](here, window)
    email, consent = window.find("#email"), window.find("input[name=consent]")
    for field in (email, consent):
        assert field.get_attribute("aria-invalid") == "true"
        told = (field.get_attribute("aria-describedby") or "").split()
        assert window.find(f"#{told[0]}").text
    assert window.driver.switch_to.active_element == email
    assert window.driver.title.startswith("Please check")


@pytest.mark.parametrize(
    ("width", "style"), [(320, TEXT_SPACING), (640, TWICE_THE_TEXT), (320, TWICE_THE_TEXT)]
)
@pytest.mark.parametrize("page", ["capture page", "form with errors", "receipt", "policy"])
def test_larger_text_and_wider_spacing_lose_nothing(
    here: Scenery, window: Browser, page: str, width: int, style: str
) -> None:
    window.looks(width=width)
    PAGES[page](here, window)
    window.driver.execute_script(ADD_STYLE, style)
    content, shown = window.widths()
    assert content <= shown
    assert window.driver.execute_script(CUT_OFF) == []


def test_nothing_moves_for_who_asked_for_less_motion(here: Scenery, window: Browser) -> None:
    window.open(here.form())
    window.looks(width=320, prefers_reduced_motion="no-preference")
    assert window.driver.execute_script(MOVING) > 0
    window.looks(width=320, prefers_reduced_motion="reduce")
    assert window.driver.execute_script(MOVING) == 0


def test_in_forced_colours_fields_and_buttons_keep_their_edges(
    here: Scenery, window: Browser
) -> None:
    window.looks(width=320, forced_colors="active")
    window.open(here.form())
    paper = window.colour("body", "background-color")
    for selector in ("#email", "button"):
        assert window.colour(selector, "border-top-style") == "solid"
        assert window.colour(selector, "border-top-color") != paper
    assert axe.violations(window) == []
