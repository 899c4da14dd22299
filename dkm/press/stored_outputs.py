"""Reports from the outputs stored in the notebooks: nothing is run.

Each such page says so. Its notebook, with what is known about its origin, is saved next to those of
real runs as ``NAME.stored.ipynb`` and is used as long as the page shows it. A cached real run is
left untouched: the next `dkm report` shows it again, or runs the notebook.
"""

import tempfile
from pathlib import Path

import nbformat

from dkm._util.files import write_atomically
from dkm.press import PressError
from dkm.press.collect_outputs import results
from dkm.press.freshness import FORMAT
from dkm.press.notebook_form import as_text, normalised, shortener, without_paths
from dkm.press.output_folder import disk_error_message, prepare_folder
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
        The folder, as displayed to the user.

    Returns
    -------
    index : Path
        The page to open.
    outcomes : dict of str -> Outcome
        How each notebook went.

    Raises
    ------
    PressError
        If a notebook lacks outputs or the folder is not usable. Nothing has been written in that
        case.
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
    """Make one standalone report from stored outputs: it does not link to any other page.

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
        The metadata of the notebook's outputs.

    Raises
    ------
    PressError
        If the notebook lacks outputs or the file is not usable. Nothing has been written in that
        case.
    """
    texts = {lesson.name: stored(clone, lesson)}
    refuse_other_page(page, shown)
    prepare_folder(page.parent)
    with tempfile.TemporaryDirectory(prefix="dkm-") as folder:
        edition = Edition(clone, page.parent, shown, Path(folder), {}, page)
        _show(edition, texts)
        return edition.outcomes[lesson.name], facts_in(executed_path(folder, lesson.name))


def stored(clone, lesson):
    """The notebook with its stored outputs and what is known about their origin.

    The time and the machine are unknown, so neither is stated.

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
            "key": "",  # there was no run
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
    """Make the pages. A full disk becomes the outcome of the notebook."""
    for name, text in texts.items():
        try:
            write_atomically(edition.executed / f"{name}.stored.ipynb", text)
        except OSError as error:
            edition.outcomes[name] = Outcome(disk_error_message(error, edition.shown), bad=True)
        else:
            edition.make_page(name, Outcome(RENDERED))


def _refuse_unfinished(lesson):
    """Raise unless the outputs come from a single run, from the first cell to the last."""
    problem = _lacking(lesson.cells)
    if problem:
        raise PressError(
            f"{lesson.path.name} does not contain the outputs of a complete run: {problem}. To run "
            f"it and store its outputs: python -m tools.run_notebooks {lesson.name}. To run it for "
            f"a report only: {command(lesson, {})}."
        )


def _lacking(cells):
    """Why the outputs do not come from a complete run; empty if they do."""
    code = [cell for cell in cells if cell["cell_type"] == "code" and cell["source"].strip()]
    for number, cell in enumerate(code, start=1):
        if cell.get("execution_count") is None:
            return f"code cell {number} has not been run"
        if any(output["output_type"] == "error" for output in cell["outputs"]):
            return f"code cell {number} ended in an error"
    counts = [cell["execution_count"] for cell in code]
    return "" if counts == sorted(set(counts)) else "its cells were not run in order"
