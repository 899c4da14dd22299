"""Tiny notebooks and clones for the tests of `dkm.press`."""

import time

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

PARAMETERS = "k = 3  # number of clusters"


def text(source):
    return new_markdown_cell(source)


def code(source, *tags, **cell):
    return new_code_cell(source, metadata={"tags": list(tags)} if tags else {}, **cell)


def folded(source, **cell):
    return new_code_cell(source, metadata={"jupyter": {"source_hidden": True}}, **cell)


def notebook(*cells, parameters=PARAMETERS):
    """A notebook with a title, a parameters cell, and the given cells (str: code)."""
    first = [text("# A title\n\nIt does *one* thing. And another.\n\n**Read** 3 min · **Run** 4 s")]
    first.append(code(parameters, "parameters"))
    return new_notebook(cells=first + [code(c) if isinstance(c, str) else c for c in cells])


def make_clone(folder, **notebooks):
    """A clone in `folder` with notebooks, named by keyword without the leading n."""
    (folder / "notebooks").mkdir(parents=True)
    (folder / "pyproject.toml").write_text('[project]\nname = "dkm"\n')
    (folder / "requirements.lock").write_text("numpy==2.0\n")
    for name, content in notebooks.items():
        write(folder, name.removeprefix("n"), content)
    return folder


def write(clone, name, content):
    nbformat.write(content, clone / "notebooks" / f"{name}.ipynb")


def wait_for(true, seconds=100):
    """Wait until a condition holds; the limit only ends a test that would wait for ever."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
