"""Reports from the outputs that are stored in the notebooks: nothing is run.

Such a page says that it is one. Its notebook, with what is known of its origin, is kept beside
those of real runs as ``NAME.stored.ipynb`` and counts for as long as the page shows it: a real run
that is kept there stays as it is, and the next `dkm report` shows it again, or runs the notebook.
"""

import tempfile
from pathlib import Path

import nbformat

from dkm._util.files import write_atomically
from dkm.press import PressError
from dkm.press.files import in_words, prepare_folder
from dkm.press.form import as_text, normalised, shortener, without_paths
from dkm.press.freshness import FORMAT
from dkm.press.harvest import results
from dkm.press.provenance import commit, lock_hash
from dkm.press.report import (
    Edition,
    Outcome,
    command,
    refuse_other_index,
    refuse_other_page,
    titles,
)
from dkm.press.runner import executed_path
from dkm.press.site import facts_in

RENDERED = "rendered from stored outputs"


def make(clone, chosen, folder, *, shown):
    """Make reports from stored outputs.

    Parameters
    ----------
    clone, folder : Path
        The clone, and where reports go.
    chosen : sequence of Lesson
        The notebooks.
    shown : str
        The folder as the user knows it.

    Returns
    -------
    index : Path
        The page to open.
    outcomes : dict of str -> Outcome
        How each notebook went.

    Raises
    ------
    PressError
        If a notebook lacks outputs or the folder will not do; nothing has been written then.
    """
    texts = {lesson.name: stored(clone, lesson) for lesson in chosen}
    prepare_folder(folder)
    refuse_other_index(folder, shown)
    reports = titles(clone, folder, texts)
    edition = Edition(clone, folder, shown, folder / "notebooks", reports)
    try:
        _show(edition, texts)
    finally:
        index = edition.write_index({})
    return index, edition.outcomes


def make_alone(clone, lesson, page, *, shown):
    """Make one report from stored outputs that stands alone: it links to no other page.

    Parameters
    ----------
    clone, shown
        As in `make`.
    lesson : Lesson
        The notebook.
    page : Path
        The file to write.

    Returns
    -------
    outcome : Outcome
        How it went.
    facts : dict or None
        What the notebook says of its outputs.

    Raises
    ------
    PressError
        If the notebook lacks outputs or the file will not do; nothing has been written then.
    """
    texts = {lesson.name: stored(clone, lesson)}
    refuse_other_page(page, shown)
    prepare_folder(page.parent)
    with tempfile.TemporaryDirectory(prefix="dkm-") as folder:
        edition = Edition(clone, page.parent, shown, Path(folder), {}, page)
        _show(edition, texts)
        return edition.outcomes[lesson.name], facts_in(executed_path(folder, lesson.name))


def stored(clone, lesson):
    """The notebook with its stored outputs and what can be said of their origin.

    When and on which machine they were made is not known, so neither is stated.

    Parameters
    ----------
    clone : Path
        The clone.
    lesson : Lesson
        The notebook.

    Returns
    -------
    str
        The text of a notebook, as for a real run.

    Raises
    ------
    PressError
        If a cell was not run, or ended in an error.
    """
    parameters = [(name, repr(each.default)) for name, each in lesson.parameters.items()]
    _refuse_unfinished(lesson)
    notebook = normalised(nbformat.read(lesson.path, as_version=4))
    notebook = without_paths(notebook, shortener(clone))
    notebook.metadata["dkm"] = nbformat.from_dict(
        {
            "format": FORMAT,
            "stored": True,
            "key": "",  # of no run
            "parameters": parameters,
            "changed": [],
            "command": command(lesson, {}),
            "provenance": {**commit(clone), "lock": lock_hash(clone)},
            "failure": None,
            "files": [],
            **results(notebook),
        }
    )
    return as_text(notebook)


def _show(edition, texts):
    """Make the pages; a full disk is told as the outcome of the notebook."""
    for name, text in texts.items():
        try:
            write_atomically(edition.executed / f"{name}.stored.ipynb", text)
        except OSError as error:
            edition.outcomes[name] = Outcome(in_words(error, edition.shown), bad=True)
        else:
            edition.make_page(name, Outcome(RENDERED))


def _refuse_unfinished(lesson):
    """Raise unless the outputs are those of one run, from the first cell to the last."""
    problem = _lacking(lesson.cells)
    if problem:
        raise PressError(
            f"{lesson.path.name} does not hold the outputs of a whole run: {problem}. Run it and "
            f"keep its outputs: python -m tools.run_notebooks {lesson.name}. Or run it for its "
            f"report only: {command(lesson, {})}."
        )


def _lacking(cells):
    """What keeps the outputs from being those of a whole run, in words; empty if nothing does."""
    code = [cell for cell in cells if cell["cell_type"] == "code" and cell["source"].strip()]
    for number, cell in enumerate(code, start=1):
        if cell.get("execution_count") is None:
            return f"code cell {number} has not been run"
        if any(output["output_type"] == "error" for output in cell["outputs"]):
            return f"code cell {number} ended in an error"
    counts = [cell["execution_count"] for cell in code]
    return "" if counts == sorted(set(counts)) else "its cells were not run in order"
