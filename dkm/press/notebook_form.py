"""The normal form of a notebook with outputs: everything that varies between runs is removed."""

import ast
import os
import re
import sys
import sysconfig
from pathlib import Path

import nbformat

import dkm

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
CELL_METADATA = ("tags", "nbgrader", "jupyter", "slideshow")
NOTEBOOK_METADATA = ("title", "dkm")
ONLY_CLAIMS = ("claim", "record")
CHANGED, BANNER = "injected-parameters", "papermill-error-cell-tag"


def normalised(notebook):
    """A notebook in normal form: identical for two runs with the same results.

    Format 4.5, execution counts 1 to n, a fixed kernel, streams merged, stderr and run metadata
    dropped; the code of cells that only state claims is folded. Cell ids, tags and output metadata
    (alt text, claims) are kept.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Any notebook of format 4. It is modified in place.

    Returns
    -------
    nbformat.NotebookNode
    """
    notebook = nbformat.v4.upgrade(notebook)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    kept = {key: notebook.metadata[key] for key in NOTEBOOK_METADATA if key in notebook.metadata}
    notebook.metadata = nbformat.from_dict(
        {**kept, "kernelspec": KERNEL, "language_info": {"name": "python"}}
    )
    count = 0
    for cell in notebook.cells:
        metadata = {key: cell.metadata[key] for key in CELL_METADATA if cell.metadata.get(key)}
        cell.metadata = nbformat.from_dict(metadata)
        if only_claims(cell):
            cell.metadata["jupyter"] = {"source_hidden": True}
        if cell.cell_type == "code":
            count += cell.execution_count is not None
            _normalise_code(cell, count)
        elif not cell.get("attachments"):
            cell.pop("attachments", None)
    return notebook


def is_folded(cell):
    """Whether the code of a cell is folded, in JupyterLab and in the reports."""
    return bool(cell.metadata.get("jupyter", {}).get("source_hidden"))


def only_claims(cell):
    """Whether a cell has nothing but calls of `claim` and `record`."""
    if cell.cell_type != "code" or not cell.source.strip():
        return False
    try:
        statements = ast.parse(cell.source).body
    except SyntaxError:
        return False
    calls = [each.value for each in statements if isinstance(each, ast.Expr)]
    names = [getattr(each.func, "id", "") for each in calls if isinstance(each, ast.Call)]
    return len(names) == len(statements) and set(names) <= set(ONLY_CLAIMS)


def without_run_cells(notebook):
    """The notebook without the cells that a run adds: papermill's banners, changed parameters."""
    put_in = {CHANGED, BANNER}
    notebook.cells = [
        cell for cell in notebook.cells if not put_in & set(cell.metadata.get("tags", []))
    ]
    return notebook


def as_text(notebook):
    """The text of the file: the output of `nbformat.write`, with one newline at the end."""
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def without_paths(notebook, short):
    """The notebook with every path of this machine cut down to its informative part.

    Such paths occur in outputs and in the cell with the changed parameters.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        A notebook with outputs. It is modified in place.
    short : callable
        From `shortener`.

    Returns
    -------
    nbformat.NotebookNode
    """
    for cell in notebook.cells:
        if CHANGED in cell.metadata.get("tags", []):
            cell.source = short(cell.source)
        cell_outputs = cell.get("outputs", [])
        cell_outputs[:] = [nbformat.from_dict(_map_strings(short, each)) for each in cell_outputs]
    return notebook


def _normalise_code(cell, count):
    if cell.execution_count is not None:
        cell.execution_count = count
    cell.outputs = _merged([each for each in cell.outputs if each.get("name") != "stderr"])
    for output in cell.outputs:
        output.pop("transient", None)
        if output.output_type == "execute_result":
            output.execution_count = cell.execution_count


def _merged(outputs):
    """The outputs, with adjacent pieces of stdout merged."""
    merged = []
    for output in outputs:
        stream = output.output_type == "stream"
        if stream and merged and merged[-1].output_type == "stream":
            merged[-1].text += output.text
        else:
            merged.append(output)
    return merged


def shortener(clone, more=None):
    """A function str -> str that shortens this machine's paths.

    Parameters
    ----------
    clone : Path
        The clone. Its own files keep their path relative to it.
    more : dict of str -> str, optional
        Other paths and their replacements.
    """
    home, paths, package = Path.home(), sysconfig.get_paths(), Path(dkm.__file__).parents[1]
    # Longest first: an environment is often inside the clone, and the clone in the home folder.
    cut = {paths["purelib"]: "…", paths["platlib"]: "…", paths["stdlib"]: "…/python"}
    cut.update({sys.prefix: "…", sys.base_prefix: "…", str(package): "…"})
    cut.update({str(clone): "", str(home): "~", **(more or {})})
    for folder, end in list(cut.items()):
        cut.setdefault(os.path.realpath(folder), end)
    # IPython writes ~ for the home folder, and tracebacks may escape backslashes.
    for folder, end in list(cut.items()):
        if end != "~" and Path(folder).is_relative_to(home):
            cut[f"~{os.sep}{Path(folder).relative_to(home)}"] = end
    for folder, end in list(cut.items()):
        cut[folder.replace("\\", "\\\\")] = end
    cut = {folder: end for folder, end in cut.items() if len(folder) > 1}
    found = "|".join(re.escape(folder) for folder in sorted(cut, key=len, reverse=True))
    pattern = re.compile(rf"({found})(?![\w.-])([/\\]*)")

    def short(text):
        return pattern.sub(lambda match: _end(cut[match[1]], match[2]), text)

    return short


def _end(end, separator):
    """The replacement of a folder. The clone itself becomes "." if nothing follows it."""
    if end:
        return end + ("/" if separator else "")
    return "" if separator else "."


def _map_strings(change, value):
    """`value` with every str in it changed, except images, which are not text."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_map_strings(change, item) for item in value]
    if isinstance(value, dict):
        return {
            key: item
            if str(key).startswith("image/") and isinstance(item, str)
            else _map_strings(change, item)
            for key, item in value.items()
        }
    return value
