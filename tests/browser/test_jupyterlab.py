"""Lessons in a real JupyterLab, before and after their stored outputs are trusted.

JupyterLab sanitises the HTML of a notebook that was not run on this machine: styles, scripts and
ids go. What a lesson shows must read well without them, too.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LESSONS = ("01_kmeans", "09_gan")
TIMEOUT = 120_000  # ms; it only ends what would hang
# All cells are drawn, not only those in the window.
SETTINGS = {"@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"}}


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """A fresh clone's notebooks, in an account that has trusted nothing yet."""
    folder = tmp_path_factory.mktemp("lab")
    for name in LESSONS:
        (folder / "notebooks").mkdir(exist_ok=True)
        shutil.copy(NOTEBOOKS / f"{name}.ipynb", folder / "notebooks")
    for name, settings in SETTINGS.items():
        path = folder / "settings" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(settings))
    places = {"DATA": "data", "CONFIG": "config", "RUNTIME": "runtime"}
    env = {f"JUPYTER_{key}_DIR": str(folder / place) for key, place in places.items()}
    env |= {"JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"), "HOME": str(folder)}
    return folder, {**os.environ, **env}


@pytest.fixture(scope="module")
def lab(room):
    """The address of a running JupyterLab."""
    folder, env = room
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--port=0"]
    command += ["--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True"]
    command += ["--LabApp.news_url=None", f"--ServerApp.root_dir={folder / 'notebooks'}"]
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as server:
        try:
            lines = iter(server.stderr.readline, "")
            yield next(
                m[0] for m in (re.search(r"http://127[^\s]*?\d/", line) for line in lines) if m
            )
        finally:
            server.terminate()
            server.stderr.close()


def opened(browser, lab, name):
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(TIMEOUT)
    page.goto(f"{lab}lab/tree/{name}.ipynb?reset")
    page.locator(".jp-Notebook .jp-MarkdownOutput h1").first.wait_for()
    page.locator(".jp-Notebook .jp-MarkdownOutput h2", has_text="References").wait_for()
    return page


@pytest.fixture(scope="module", params=LESSONS)
def untrusted(request, browser, lab):
    return opened(browser, lab, request.param)


def test_a_question_answers_without_a_kernel(untrusted):
    option = untrusted.locator(".jp-MarkdownOutput details").first
    reply = option.locator("p").first
    assert not reply.is_visible()
    option.locator("summary").click()
    assert reply.is_visible()


def test_code_that_only_claims_is_folded(untrusted):
    cells = untrusted.locator(".jp-CodeCell").filter(has=untrusted.locator(".dkm-claim"))
    assert cells.count() > 5
    folded = [not each.locator(".jp-InputArea-editor").is_visible() for each in cells.all()]
    assert all(folded)
    assert cells.first.locator(".dkm-claim").first.is_visible()


def test_without_trust_a_film_is_a_contact_sheet(untrusted):
    pictures = untrusted.locator(".dkm-steps td img")
    if not pictures.count():
        pytest.skip("no film in this lesson")
    boxes = [each.bounding_box() for each in pictures.all()]
    assert 120 < min(box["width"] for box in boxes) <= max(box["width"] for box in boxes) <= 280
    assert max(box["y"] for box in boxes[:3]) - min(box["y"] for box in boxes[:3]) < 10
    assert untrusted.locator(".dkm-steps :is(input, label):visible").count() == 0


def test_with_trust_a_film_moves(browser, lab, room):
    folder, env = room
    path = folder / "notebooks" / f"{LESSONS[0]}.ipynb"
    subprocess.run([sys.executable, "-m", "jupyter", "trust", path], env=env, check=True)
    page = opened(browser, lab, LESSONS[0])
    film = page.locator(".dkm-steps").first
    pictures = film.locator("td img:visible")
    assert pictures.count() == 1
    before = pictures.get_attribute("alt")
    film.locator("label").nth(1).click()
    assert pictures.count() == 1
    assert pictures.get_attribute("alt") != before
