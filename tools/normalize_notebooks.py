"""Put committed notebooks into their one form, or check that they are in it.

``python -m tools.normalize_notebooks [--check] notebooks`` takes folders and files. It exits with 1
if something is left to do, and with 2 if a name leads nowhere.
"""

import sys
from pathlib import Path

import nbformat

from dkm._util.files import write_whole
from dkm.claims import failed, found
from dkm.press.form import as_text, normalised

LONGEST_CELL = 20


def main(arguments):
    """Normalise or check what the arguments name; return the exit code."""
    check = "--check" in arguments
    names = [each for each in arguments if each != "--check"]
    missing = [name for name in names if not Path(name).exists()]
    if missing or not names:
        print(f"No such file or folder: {', '.join(missing) or '(none named)'}", file=sys.stderr)
        return 2
    paths = [path for name in names for path in notebooks_in(Path(name))]
    complaints = [f"{path}: {problem}" for path in paths for problem in look_at(path, check)]
    print("\n".join(complaints) or f"In their one form: {len(paths)} of {len(paths)} notebooks.")
    return 1 if complaints else 0


def notebooks_in(place):
    """The notebooks in a folder, or the one that a file is."""
    if place.is_file():
        return [place]
    return sorted(p for p in place.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)


def look_at(path, check):
    """What is wrong with a notebook, as lines of text; its form is mended unless `check`."""
    before = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(before, as_version=4)
    after = as_text(normalised(nbformat.reads(before, as_version=4)))
    if before != after and check:
        yield "is not in its one form: python -m tools.normalize_notebooks notebooks"
    elif before != after:
        write_whole(path, after)
    yield from faults(notebook)


def faults(notebook):
    """What a normal form does not mend."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if not any("parameters" in cell.metadata.get("tags", []) for cell in code):
        yield "has no cell tagged parameters"
    for number, cell in enumerate(code, start=1):
        lines = cell.source.rstrip().count("\n") + 1
        if cell.source.strip() and cell.execution_count is None:
            yield f"code cell {number} was not run: make notebooks"
        if any(output.output_type == "error" for output in cell.outputs):
            yield f"code cell {number} ended in an error"
        if lines > LONGEST_CELL:
            yield f"code cell {number} has {lines} lines; more than {LONGEST_CELL} do not teach"
    for claim in filter(failed, found(notebook)[0]):
        yield f"a claim failed: {claim['statement']} (measured: {claim['measured']})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
