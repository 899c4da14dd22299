"""The notebooks of a clone: their location, names, titles, parameters and other metadata."""

import difflib
import json
import re
import tomllib
from functools import cached_property
from pathlib import Path

from dkm.press import PressError
from dkm.press.parameters import declared

LESSON = re.compile(r"\d\d_\w+")


class Lesson:
    """A committed notebook, read as plain JSON because that is fast.

    Parameters
    ----------
    path : Path
        The ``.ipynb`` file.
    """

    def __init__(self, path):
        self.path = Path(path)
        self.name = self.path.stem
        self.number = self.name[:2] if LESSON.fullmatch(self.name) else ""

    @cached_property
    def cells(self):
        """The cells: a list of dict, each with its source as a single str."""
        try:
            cells = json.loads(self.path.read_bytes())["cells"]
        except (ValueError, KeyError, TypeError) as error:
            raise PressError(
                f"{self.path.name} is not a notebook of format 4 ({error}). "
                "Open it in JupyterLab and save it, or restore it from git."
            ) from error
        return [{**cell, "source": "".join(cell["source"])} for cell in cells]

    @property
    def code_cells(self):
        """The number of cells to run."""
        return sum(
            cell["cell_type"] == "code" and bool(cell["source"].strip()) for cell in self.cells
        )

    @cached_property
    def parameters(self):
        """The parameters declared in the cell tagged ``parameters``: dict of name -> Parameter."""
        for cell in self.cells:
            if cell["cell_type"] == "code" and "parameters" in cell["metadata"].get("tags", []):
                return declared(cell["source"], self.name)
        return {}

    @cached_property
    def _opening(self):
        """The blocks of the first Markdown cell: title, aim, times and so on."""
        texts = (cell["source"] for cell in self.cells if cell["cell_type"] == "markdown")
        return [
            block.strip()
            for block in re.split(r"\n\s*\n|\n(?=#)", next(texts, ""))
            if block.strip()
        ]

    @property
    def title(self):
        """The first heading as plain text, or the name if there is no heading."""
        headings = (block for block in self._opening if block.startswith("# "))
        return _plain(next(headings, f"# {self.name}").splitlines()[0].removeprefix("# "))

    @property
    def aim(self):
        """The first sentence below the title, as plain text."""
        below = (
            b for b in self._opening if not b.startswith(("#", "**Read**", "<", "!", "|", "-"))
        )
        sentence = re.match(r".*?[.!?](?=\s|$)", next(below, "").replace("\n", " "))
        return _plain(sentence[0]) if sentence else ""

    def minutes(self, what):
        """The stated time to ``"Read"`` or ``"Run"`` it, such as ``"30 min"``."""
        stated = re.search(rf"\*\*{what}\*\*:?\s*([^·\n]+)", "\n\n".join(self._opening))
        return _plain(stated[1]) if stated else ""


def find_clone(start=None):
    """The clone that contains a folder: it has this project's pyproject.toml and notebooks.

    Parameters
    ----------
    start : Path, optional
        Where to start; its parents are searched too. The working directory by default.

    Raises
    ------
    PressError
        If there is no clone.
    """
    start = Path(start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / "notebooks").is_dir() and _project_name(folder / "pyproject.toml") == "dkm":
            return folder
    raise PressError(
        f"{start} is not inside a clone of dkm, and reports are made from its notebooks. "
        "Change to the clone (the folder with pyproject.toml and notebooks) and try again."
    )


def core_path(clone):
    """Names of the notebooks for a reader with little time, from ``notebooks/course.toml``.

    Parameters
    ----------
    clone : Path
        The clone.

    Returns
    -------
    list of str
        In order; empty if there is no such file.
    """
    try:
        text = (clone / "notebooks" / "course.toml").read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    return tomllib.loads(text)["core"]


def lessons(clone):
    """The numbered notebooks of a clone, in order."""
    return [each for each in notebooks(clone) if each.number]


def notebooks(clone):
    """The lessons of a clone, and its notebooks without a number."""
    return [Lesson(path) for path in sorted((clone / "notebooks").glob("*.ipynb"))]


def choose(clone, names):
    """The notebooks with names such as ``01``, ``kmeans`` or ``01_kmeans``.

    Parameters
    ----------
    clone : Path
        The clone.
    names : sequence of str
        The names as given by the user; if empty, all lessons.

    Raises
    ------
    PressError
        If a name is unknown. A similar one is suggested.
    """
    if not names:
        found = lessons(clone)
        if not found:
            raise PressError(
                f"There are no lessons (such as 01_kmeans.ipynb) in {clone.name}/notebooks."
            )
        return found
    known = {}
    for each in notebooks(clone):
        aliases = [each.name, *((each.number, each.name[3:]) if each.number else ())]
        known.update(dict.fromkeys(aliases, each))
    chosen = {}
    for name in names:
        wanted = Path(name).name.removesuffix(".ipynb")
        wanted = f"0{wanted}" if re.fullmatch(r"\d", wanted) else wanted
        if wanted not in known:
            raise PressError(_unknown(name, known))
        chosen[known[wanted].name] = known[wanted]
    return [chosen[name] for name in sorted(chosen)]


def _project_name(pyproject):
    try:
        return tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]["name"]
    except (OSError, ValueError, KeyError):
        return None


def _unknown(name, known):
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    meant = f" Did you mean '{close[0]}'?" if close else ""
    names = ", ".join(sorted({each.name for each in known.values()})) or "none"
    return f"No notebook named '{name}'.{meant} Known: {names}."


def _plain(markdown):
    """One line of Markdown as plain text."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", markdown)
    return re.sub(r"[*`]", "", text).strip()
