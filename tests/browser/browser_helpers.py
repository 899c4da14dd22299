"""What the tests of pages share: skip with a word, build the page of a small notebook."""

import os
from contextlib import contextmanager

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
FACTS = {
    "parameters": [["k", "3"]],
    "changed": [],
    "command": "dkm report 01",
    "failure": None,
    "claims": {"kept": 0, "failed": [], "open": 0},
    "records": [],
    "started": "2026-01-02 03:04 UTC",
    "seconds": 1.5,
    "provenance": {
        "versions": [["python", "3.11.7"]],
        "lock": "0123456789ab",
        "commit": "abcdef012345",
        "tree": "clean",
        "machine": "a CPU, 2 cores",
        "threads": "2",
    },
}


# Code has thousands of coloured words; the first of each kind stands for all that look the same.
FIRST_OF_EACH_KIND = """() => {
    const seen = new Set();
    for (const word of document.querySelectorAll(".code span")) {
        const kind = `${word.className} in ${word.closest(".cell")?.className}`;
        if (seen.has(kind)) word.replaceWith(...word.childNodes);
        seen.add(kind);
    }
}"""


def violations(page):
    """What axe finds; a page can be looked at again, in another size or scheme."""
    from axe_playwright_python.sync_playwright import Axe

    page.evaluate(FIRST_OF_EACH_KIND)
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {n['html'][:120]}" for v in found for n in v["nodes"]]


def lacking(what):
    """Skip with a word; in CI, where nothing may be lacking, fail."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(what)


@contextmanager
def opened(browser, path, width=1280, scheme="light", before=lambda page: None, **settings):
    """A file in a window of its own."""
    size = {"width": width, "height": 900}
    context = browser.new_context(viewport=size, color_scheme=scheme, **settings)
    try:
        page = context.new_page()
        page.set_default_timeout(60_000)  # it only ends what would hang
        before(page)
        page.goto(path.as_uri())
        yield page
    finally:
        context.close()


def build(folder, *cells, name="01_one", reports=None, **facts):
    """Write the page of a notebook of these cells; returns its path."""
    from dkm.press.render_page import page

    notebook = new_notebook(cells=[new_markdown_cell("# A title\n\nIts aim."), *cells])
    notebook.metadata["dkm"] = {**FACTS, **facts}
    html = page(nbformat.writes(notebook), name, reports=reports or {}, key="", folder=folder)
    path = folder / f"{name}.html"
    path.write_text(html, encoding="utf-8")
    return path
