"""How long a lesson takes: its words, open code and claims, up to "Going deeper" and as a whole.

``python -m tools.lesson_minutes`` prints a table of all notebooks, or of those that are named.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat

from dkm.claims import found
from dkm.press.notebook_form import is_folded

WORDS_PER_MINUTE, SECONDS_PER_LINE, MINUTES_PER_TRIAL = 130, 10, 2
DEEPER = re.compile(r"^## Going deeper", re.MULTILINE)
NOT_READ = re.compile(r"```.*?```|<[^>]+>|\]\([^)]*\)", re.DOTALL)
FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$\n]*\$", re.DOTALL)  # read as one word
WORD = re.compile(r"[\w'’.,-]*\w[\w'’.,-]*")


@dataclass
class Length:
    """What there is to read and to do in some cells."""

    words: int
    lines: int  # of code that is not folded
    claims: int
    trials: int  # prompts to try something

    @property
    def minutes(self):
        """Time to read the text and the code and to try what is asked for."""
        seconds = 60 * self.words / WORDS_PER_MINUTE + SECONDS_PER_LINE * self.lines
        return round(seconds / 60 + MINUTES_PER_TRIAL * self.trials)


def lengths(notebook):
    """The length of a notebook up to "Going deeper", and of the whole.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        The notebook.

    Returns
    -------
    core, whole : Length, Length
    """
    texts = [cell.source if cell.cell_type == "markdown" else "" for cell in notebook.cells]
    end = next((at for at, text in enumerate(texts) if DEEPER.search(text)), len(texts))
    return _length(notebook, end), _length(notebook, len(texts))


def _length(notebook, end):
    cells = notebook.cells[:end]
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    code = [cell.source for cell in cells if cell.cell_type == "code" and not is_folded(cell)]
    return Length(
        words=len(WORD.findall(FORMULA.sub(" F ", NOT_READ.sub(" ", text)))),
        lines=sum(bool(line.strip()) for source in code for line in source.splitlines()),
        claims=sum(claim["cell"] < end for claim in found(notebook)[0]),
        trials=text.count("**Try it"),
    )


def main(arguments):
    """Print the table."""
    folder = Path(__file__).parents[1] / "notebooks"
    paths = [Path(each) for each in arguments] or sorted(folder.glob("*.ipynb"))
    print(f"{'':32}  up to Going deeper         whole")
    print(f"{'notebook':32}  words lines claims minutes  words lines claims minutes")
    for path in paths:
        print(f"{path.stem:32}", end="")
        for each in lengths(nbformat.read(path, as_version=4)):
            print(f"  {each.words:5} {each.lines:5} {each.claims:6} {each.minutes:7}", end="")
        print()


if __name__ == "__main__":
    main(sys.argv[1:])
