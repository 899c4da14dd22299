"""What the tests of pages share: skip with a word, build the page of a small notebook."""

import os

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


def lacking(what):
    """Skip with a word; in CI, where nothing may be lacking, fail."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(what)


def build(folder, *cells, name="01_one", reports=None, **facts):
    """Write the page of a notebook of these cells; returns its path."""
    from dkm.press.html import page

    notebook = new_notebook(cells=[new_markdown_cell("# A title\n\nIts aim."), *cells])
    notebook.metadata["dkm"] = {**FACTS, **facts}
    html = page(nbformat.writes(notebook), name, reports=reports or {}, key="", folder=folder)
    path = folder / f"{name}.html"
    path.write_text(html, encoding="utf-8")
    return path
