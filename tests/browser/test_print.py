"""On paper, for those who move less, on narrow screens, and where a notebook failed."""

import base64
import io

import pytest
from browser_helpers import build, violations
from nbformat.v4 import new_code_cell, new_output
from PIL import Image

pytestmark = pytest.mark.browser

PAPER = {"A4": (210, 297), "Letter": (215.9, 279.4)}
MM = 96 / 25.4


def figure(width, height):
    file = io.BytesIO()
    Image.new("L", (width, height), 200).save(file, "PNG")
    data = {"image/png": base64.b64encode(file.getvalue()).decode()}
    alt = {"image/png": {"alt": "A grey plane", "width": width}}
    return new_output("display_data", data, metadata=alt)


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    error = new_output("error", ename="ValueError", evalue="no", traceback=["ValueError: no"])
    cells = [new_code_cell("k = 4"), new_code_cell("raise ValueError('no')", outputs=[error])]
    failure = {"cell": 2, "number": 2, "error": "ValueError", "message": "no " + "x" * 200}
    folder = tmp_path_factory.mktemp("broken")
    about = {"changed": ["k"], "command": "dkm report 01 -p k=3"}
    return build(folder, *cells, failure=failure, **about)


@pytest.mark.parametrize("name", PAPER)
def test_no_figure_is_larger_than_the_sheet(window, tmp_path, name):
    cells = [new_code_cell("plot", outputs=[figure(700, 4000), figure(3000, 500)])]
    width, height = PAPER[name]
    page = window(build(tmp_path, *cells), width=int((width - 30) * MM))
    page.emulate_media(media="print")
    for box in (page.locator("img").nth(i).bounding_box() for i in range(2)):
        assert box["height"] <= (height - 34) * MM
        assert box["width"] <= (width - 30) * MM
    style = "img => getComputedStyle(img.closest('.figure')).breakInside"
    assert page.locator("img").first.evaluate(style) == "avoid"
    assert page.pdf(format=name).startswith(b"%PDF")


def test_code_is_printed_as_it_is_folded_and_dark_is_not_printed(window, sample):
    page = window(sample, scheme="dark")
    page.get_by_label("Colours").select_option("dark")
    page.locator(".fold > summary").first.click()
    page.emulate_media(media="print")
    assert not page.get_by_text("shown = 0").is_visible()
    assert page.get_by_text("shown = 1").is_visible()
    assert not page.locator(".fold > summary").first.is_visible()
    assert not page.locator(".top").is_visible()
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == "rgb(255, 255, 255)"


def test_folded_code_without_outputs_takes_no_room_on_paper(window, tmp_path):
    folded = {"jupyter": {"source_hidden": True}}
    silent = [new_code_cell(f"silent = {i}", metadata=folded) for i in range(2)]
    speaking = new_code_cell("speaking", metadata=folded, outputs=[figure(700, 100)])
    page = window(build(tmp_path, *silent, speaking, new_code_cell("x = 1", metadata=folded)))
    page.emulate_media(media="print")
    cells = page.locator(".cell")
    assert [cells.nth(i).is_visible() for i in range(4)] == [False, False, True, False]
    assert page.locator(".many").evaluate("e => getComputedStyle(e).display") == "none"
    page.emulate_media(media="screen")
    page.get_by_label("Code").select_option("shown")
    page.emulate_media(media="print")
    assert all(cells.nth(i).is_visible() for i in range(4))


@pytest.mark.parametrize(("motion", "films"), [("no-preference", 1), ("reduce", 0)])
def test_films_stop_for_those_who_ask_for_less_motion(window, tmp_path, motion, films):
    film = (
        "<style>@keyframes turn { to { rotate: 1turn } }"
        ".film { animation: turn 9s infinite }</style><p class='film'>o</p>"
    )
    output = new_output("display_data", {"text/html": film, "text/plain": "film"})
    page = window(build(tmp_path, new_code_cell("film", outputs=[output])), reduced_motion=motion)
    assert page.evaluate("document.getAnimations().length") == films


def test_words_in_figures_stay_legible_on_a_narrow_screen(window, tmp_path):
    cells = [new_code_cell("plot", outputs=[figure(1000, 400), figure(200, 100)])]
    page = window(build(tmp_path, *cells), width=390)
    wide, small = (page.locator("img").nth(i).bounding_box() for i in range(2))
    assert wide["width"] >= 600
    assert abs(wide["height"] / wide["width"] - 0.4) < 0.01
    assert small["width"] == 200
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator(".figure").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('.figure').scrollLeft > 0")


def test_a_failed_page_says_what_where_with_what_and_how_to_repeat(window, broken):
    page = window(broken, width=320)
    alarm = page.locator(".alarm")
    assert page.title() == "✗ A title"
    assert "stopped in code cell 2" in alarm.inner_text()
    assert "k = 3 (changed)" in alarm.inner_text()
    assert "dkm report 01 -p k=3" in alarm.inner_text()
    alarm.locator("summary").click()
    assert alarm.get_by_text("raise ValueError('no')").is_visible()
    alarm.get_by_role("link", name="go there").click()
    assert page.locator(":target.broken").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing_in_colours_that_were_chosen(window, broken, sample, colours):
    for path in (broken, sample):
        page = window(path, scheme="dark" if colours == "light" else "light")
        page.get_by_label("Colours").select_option(colours)
        assert violations(page) == []
