"""What can be tried on a page without a kernel: steps of a film, points with images behind them."""

from unittest import mock

import numpy as np
import pytest
from browser_helpers import build, violations
from nbformat.v4 import new_code_cell, new_output

from dkm import plots

pytestmark = pytest.mark.browser

N = 30


def displayed(module, call):
    """The output cell that a function of `dkm.plots` displays."""
    with mock.patch(f"dkm.plots.{module}.display") as display:
        call()
    return new_code_cell("shown", outputs=[new_output("display_data", display.call_args.args[0])])


def film():
    centers = np.eye(2)
    steps = [("start", None, centers, None), ("1 assign", np.arange(2), centers, 3.0)]
    steps += [("1 update", np.arange(2), centers + 1, 2.0)]
    frames = plots.lloyd_frames(np.eye(2) * 3, steps)
    return displayed("steppers", lambda: plots.stepper("Three steps", frames))


def points():
    rng = np.random.default_rng(0)
    X, labels = rng.random((N, 2)), np.arange(N) % 3
    said = [f"digit {i % 7}, cluster {k}" for i, k in enumerate(labels)]
    arguments = ("Points", X, labels, rng.random((N, 64)), (8, 8), said)
    return displayed("image_maps", lambda: plots.image_map(*arguments))


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return build(tmp_path_factory.mktemp("interactive"), film(), points())


def step(page):
    """The caption of the one step that shows."""
    shown = page.locator(".dkm-steps figure:visible")
    assert shown.count() == 1
    return shown.locator("figcaption").inner_text()


def stop_the_clock(page):
    """From now on time passes only where a test says so, however slow the machine is."""
    page.clock.install(time=0)
    page.clock.pause_at(1000)


def card(page):
    """What is said of the points whose images show, the uppermost last."""
    return page.eval_on_selector_all(
        ".dkm-map i",
        """all => all.filter(i => getComputedStyle(i).display === "block")
            .sort((a, b) => (+getComputedStyle(a).zIndex || 0) - (+getComputedStyle(b).zIndex || 0))
            .map(i => i.dataset.says)""",
    )


@pytest.mark.parametrize("script", [True, False])
def test_steps_follow_the_mouse_and_the_arrow_keys(window, path, script):
    page = window(path, java_script_enabled=script)
    assert step(page).startswith("1 of 3, start.")
    page.locator("label[data-name='1 update']").click()
    assert step(page).startswith("3 of 3, 1 update. The centres move")
    page.keyboard.press("ArrowLeft")
    assert step(page).startswith("2 of 3, 1 assign.")
    assert page.get_by_role("button", name="Play").count() == script
    chosen = page.get_by_role("radio", name="1 assign")
    assert page.locator(f"#{chosen.get_attribute('aria-describedby')}").inner_text() == step(page)


def test_a_film_plays_to_its_end_and_stops_when_one_chooses(window, path):
    page = window(path)
    stop_the_clock(page)
    page.get_by_role("button", name="Play").click()
    assert step(page).startswith("2 of 3")
    page.clock.run_for(1500)
    assert step(page).startswith("3 of 3")
    assert page.get_by_role("button", name="Play").is_visible()
    page.clock.run_for(5000)
    assert step(page).startswith("3 of 3")
    page.get_by_role("button", name="Play").click()
    assert step(page).startswith("1 of 3")
    assert page.get_by_role("button", name="Pause").is_visible()
    page.locator("label[data-name='1 assign']").click()
    page.clock.run_for(5000)
    assert step(page).startswith("2 of 3")


def test_a_film_stops_for_those_who_want_less_motion(window, path):
    page = window(path)
    stop_the_clock(page)
    page.get_by_role("button", name="Play").click()
    page.emulate_media(reduced_motion="reduce")
    page.locator(".play").wait_for(state="hidden")
    page.clock.run_for(5000)
    assert step(page).startswith("2 of 3")
    assert page.get_by_role("button", name="Play").count() == 0
    page.locator("label[data-name='start']").click()
    assert step(page).startswith("1 of 3")


def test_on_paper_the_chosen_step_alone_shows(window, path):
    page = window(path)
    page.emulate_media(media="print")
    assert step(page).startswith("1 of 3")
    assert page.locator(".dkm-steps :is(input, label, button):visible").count() == 0


@pytest.mark.parametrize("script", [True, False])
def test_a_point_shows_its_image_to_mouse_and_keyboard(window, path, script):
    page = window(path, java_script_enabled=script)
    points = page.locator(".dkm-map input")
    words = [each.get_attribute("aria-label") for each in points.all()]
    assert card(page) == words[:1]
    points.nth(20).check(force=True)
    points.nth(3).hover(force=True)
    assert card(page) == [words[20], words[3]]
    page.mouse.move(0, 0)
    page.keyboard.press("ArrowRight")
    assert card(page) == [words[21]]


def test_all_points_are_one_stop_of_the_tab_key(window, path):
    page = window(path)
    page.locator(".dkm-map input").first.focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.dkm-map')") is None


def test_points_lie_where_the_figure_has_them(window, path):
    """Below the middle of each button the figure is not white."""
    page = window(path)
    colours = page.evaluate(
        """async () => {
            const image = document.querySelector(".dkm-map img");
            await image.decode();
            const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
            const paint = canvas.getContext("2d");
            paint.drawImage(image, 0, 0);
            return [...document.querySelectorAll(".dkm-map input")].map(point => {
                const x = parseFloat(point.style.left) / 100 * canvas.width;
                const y = parseFloat(point.style.top) / 100 * canvas.height;
                return [...paint.getImageData(x, y, 1, 1).data].slice(0, 3);
            });
        }"""
    )
    assert len(colours) == N
    assert min(255 - min(colour) for colour in colours) > 60


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(window, path, width, scheme):
    page = window(path, width, scheme)
    assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
