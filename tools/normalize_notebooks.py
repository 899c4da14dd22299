"""Normalise committed notebooks, or check that they are in normal form.

``python -m tools.normalize_notebooks [--check] notebooks`` accepts folders and files. The exit code
is 1 if problems remain and 2 if a file or folder does not exist.
"""

import sys
from pathlib import Path

import nbformat

from dkm._util.files import write_atomically
from dkm.claims import failed, found
from dkm.press.notebook_form import as_text, normalised

MAX_CELL_LINES = 20


def main(arguments):
    """Normalise or check the given notebooks; return the exit code."""
    check = "--check" in arguments
    names = [each for each in arguments if each != "--check"]
    missing = [name for name in names if not Path(name).exists()]
    if missing or not names:
        print(f"No such file or folder: {', '.join(missing) or '(none given)'}", file=sys.stderr)
        return 2
    paths = [path for name in names for path in notebooks_in(Path(name))]
    problems = [f"{path}: {problem}" for path in paths for problem in process(path, check)]
    print("\n".join(problems) or f"In normal form: {len(paths)} of {len(paths)} notebooks.")
    return 1 if problems else 0


def notebooks_in(place):
    """The notebooks in a folder, or the file itself."""
    if place.is_file():
        return [place]
    return sorted(p for p in place.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)


def process(path, check):
    """Yield the problems of a notebook as lines of text; normalise it unless `check`."""
    before = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(before, as_version=4)
    after = as_text(normalised(nbformat.reads(before, as_version=4)))
    if before != after and check:
        yield "is not in normal form: run python -m tools.normalize_notebooks notebooks"
    elif before != after:
        write_atomically(path, after)
    yield from faults(notebook)


def faults(notebook):
    """Yield the problems that normalisation does not fix."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if not any("parameters" in cell.metadata.get("tags", []) for cell in code):
        yield "has no cell tagged parameters"
    for number, cell in enumerate(code, start=1):
        lines = cell.source.rstrip().count("\n") + 1
        if cell.source.strip() and cell.execution_count is None:
            yield f"code cell {number} was not run: run make notebooks"
        if any(output.output_type == "error" for output in cell.outputs):
            yield f"code cell {number} ended in an error"
        if lines > MAX_CELL_LINES:
            yield f"code cell {number} has {lines} lines; at most {MAX_CELL_LINES} are allowed"
    for claim in filter(failed, found(notebook)[0]):
        yield f"a claim failed: {claim['statement']} (measured: {claim['measured']})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
