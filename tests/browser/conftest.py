"""A browser for the tests of pages, and a page that has one of everything."""

import shutil
from contextlib import ExitStack

import pytest
from browser_helpers import PNG, build, lacking, opened
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update")


@pytest.fixture(scope="session")
def browser():
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        lacking(f"no browser: install one of {', '.join(BROWSERS)}")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield chromium
        chromium.close()


@pytest.fixture
def window(browser):
    """Open a file in a window of a width and a colour scheme."""
    with ExitStack() as windows:
        yield lambda *args, **settings: windows.enter_context(opened(browser, *args, **settings))


@pytest.fixture(scope="session")
def sample(tmp_path_factory):
    """A long page: six sections, code shown and folded, a figure."""
    cells = []
    for i in range(6):
        cells.append(new_markdown_cell(f"## Section {i}\n\n" + "Some words. " * 300))
        cells.append(new_code_cell(f"shown = {i}\nmore = {i}"))
    cells.append(new_code_cell("folded = 1", metadata={"jupyter": {"source_hidden": True}}))
    alt = {"image/png": {"alt": "A dot", "width": 900}}
    figure = new_output("display_data", {"image/png": PNG}, metadata=alt)
    cells.append(new_code_cell("plot", outputs=[figure]))
    cells.append(new_markdown_cell("## Going deeper"))
    cells.append(new_markdown_cell("### Why? · 5 min\n\nIt is deep."))
    cells.append(new_code_cell("deep = 1"))
    return build(tmp_path_factory.mktemp("sample"), *cells)
