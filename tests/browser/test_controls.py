"""What a page does with a script, and what is there without one."""

import pytest
from browser_helpers import build
from nbformat.v4 import new_markdown_cell

pytestmark = pytest.mark.browser

LIGHT, DARK = "rgb(255, 255, 255)", "rgb(23, 24, 27)"


def paper(page):
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def opened(page):
    return page.eval_on_selector_all(".fold", "all => all.map(each => each.open)")


@pytest.mark.parametrize(("scheme", "colour"), [("light", LIGHT), ("dark", DARK)])
def test_colours_follow_the_system_until_one_chooses(window, sample, scheme, colour):
    page = window(sample, scheme=scheme)
    assert paper(page) == colour
    for choice, expected in (("dark", DARK), ("light", LIGHT), ("system", colour)):
        page.get_by_label("Colours").select_option(choice)
        assert paper(page) == expected


def test_choices_are_remembered(window, sample):
    page = window(sample)
    page.get_by_label("Colours").select_option("dark")
    page.get_by_label("Code").select_option("folded")
    page.reload()
    assert paper(page) == DARK
    assert page.get_by_label("Colours").input_value() == "dark"
    assert not any(opened(page))


def test_without_storage_choices_hold_for_the_page_and_nothing_is_said(window, sample):
    said = []

    def forbid(page):
        page.add_init_script(
            "Object.defineProperty(window, 'localStorage', {get() { throw new Error('no') }})"
        )
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))

    page = window(sample, before=forbid)
    page.get_by_label("Colours").select_option("dark")
    assert paper(page) == DARK
    assert said == []


def test_code_folds_one_by_one_and_all_at_once(window, sample):
    page = window(sample)
    written = [True] * 6 + [False, True, True]
    assert opened(page) == written
    page.locator(".fold > summary").first.click()
    assert opened(page) == [False, *written[1:]]
    page.get_by_label("Code").select_option("shown")
    assert all(opened(page))
    page.get_by_label("Code").select_option("folded")
    assert not any(opened(page))
    page.get_by_label("Code").select_option("written")
    assert opened(page) == written


def test_a_folded_section_opens_for_links_into_it_and_for_the_printer(window, sample):
    page = window(sample)
    section = page.locator("details.deeper")
    assert section.get_attribute("open") is None
    number = page.get_by_text("deep = 1").evaluate("each => each.closest('.cell').id")
    page.evaluate(f"location.hash = '{number}'")
    page.get_by_text("deep = 1").wait_for()
    page.locator("details.deeper > summary").click()
    assert section.get_attribute("open") is None
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert section.get_attribute("open") == ""


def test_code_is_copied_as_it_is(window, sample):
    page = window(sample, permissions=["clipboard-read", "clipboard-write"])
    button = page.get_by_role("button", name="Copy").first
    button.click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "shown = 0\nmore = 0"


def test_where_copying_is_forbidden_the_code_is_selected(window, sample):
    no = "navigator.clipboard.writeText = () => Promise.reject(new Error('no'))"
    page = window(sample, before=lambda page: page.add_init_script(no))
    page.get_by_role("button", name="Copy").first.click()
    page.get_by_role("button", name="Selected").wait_for()
    assert page.evaluate("getSelection().toString()").strip() == "shown = 0\nmore = 0"


def test_the_contents_mark_the_section_one_reads(window, sample):
    page = window(sample)
    for name in ("Section-3", "Section-0"):
        page.evaluate(f"document.getElementById('{name}').scrollIntoView()")
        page.locator(f".contents a[href='#{name}'][aria-current]").wait_for()
        assert page.locator(".contents [aria-current]").count() == 1


def test_the_contents_stand_beside_the_text_or_fold_above_it(window, sample):
    page = window(sample, width=1100)
    text, contents = page.locator("main").bounding_box(), page.locator(".contents").bounding_box()
    assert contents["x"] >= text["x"] + text["width"]
    assert page.get_by_role("link", name="Section 4", exact=True).is_visible()
    page.set_viewport_size({"width": 390, "height": 900})
    page.wait_for_function("!document.querySelector('.contents details').open")
    page.locator(".contents summary").click()
    assert page.get_by_role("link", name="Section 4", exact=True).is_visible()


def test_everything_is_there_without_a_script(window, sample):
    page = window(sample, width=390, java_script_enabled=False)
    assert page.locator(".tools").is_hidden()
    assert page.get_by_role("link", name="Section 4", exact=True).is_visible()
    assert page.get_by_text("shown = 0").is_visible()
    page.locator(".folded > summary").click()
    assert page.get_by_text("folded = 1").is_visible()


def test_all_of_it_can_be_done_by_keyboard(window, sample):
    page = window(sample)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.closest('[class]')?.className"))
    assert {"anchor", "copy", "fold"} <= reached
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    page.locator(".fold > summary").first.focus()
    page.keyboard.press("Space")
    assert opened(page)[0] is False
    assert page.evaluate(outline) != "none"


def test_a_long_word_does_not_push_the_page_wider(window, tmp_path):
    path = build(tmp_path, new_markdown_cell("## Long\n\n`" + "a_b" * 60 + "`"))
    page = window(path, width=320)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
