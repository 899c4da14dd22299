"""The minutes that a lesson states are true; one of the core path takes an hour at most."""

import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from dkm.press.lessons import core_path, lessons
from tools.lesson_minutes import Length, lengths

ROOT = Path(__file__).parents[2]
LESSONS = {lesson.name: lesson for lesson in lessons(ROOT)}
COLLECTIONS = {"14_reading_claims", "15_reproduction"}  # to look things up, not read in one go


@pytest.mark.parametrize("name", sorted(set(LESSONS) - COLLECTIONS))
def test_the_stated_minutes_are_true(name):
    core, _ = lengths(nbformat.read(LESSONS[name].path, 4))
    stated = int(re.match(r"\d+", LESSONS[name].minutes("Read"))[0])
    assert abs(stated - core.minutes) <= 5
    assert stated <= 60 or name not in core_path(ROOT)


@pytest.mark.parametrize("name", sorted(set(LESSONS) - COLLECTIONS))
def test_every_section_of_going_deeper_begins_a_cell(name):
    # The reports fold each below its heading, so nothing else may stand above it in the cell.
    cells = nbformat.read(LESSONS[name].path, 4).cells
    texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    start = next(at for at, text in enumerate(texts) if text.startswith("## Going deeper"))
    end = next(at for at in range(start + 1, len(texts)) if texts[at].startswith("## "))
    inside = [re.findall(r"^#{2,3} ", text, re.MULTILINE) for text in texts[start:end]]
    assert max(map(len, inside)) == 1
    begun = [text for text in texts[start + 1 : end] if text.startswith("### ")]
    assert len(begun) == sum(map(len, inside)) - 1 > 1


def test_what_is_counted():
    folded = {"jupyter": {"source_hidden": True}}
    cells = [
        new_markdown_cell("# Two words\n\n$x_i = 1$ `is` [read](a/long/link). **Try it.** Now."),
        new_code_cell("a = 1\n\nb = 2"),
        new_code_cell("hidden = 1", metadata=folded),
        new_markdown_cell("## Going deeper"),
        new_code_cell("c = 3"),
    ]
    core, whole = lengths(new_notebook(cells=cells))
    assert core == Length(words=8, lines=2, claims=0, trials=1)
    assert whole == Length(words=10, lines=3, claims=0, trials=1)
    assert Length(words=1300, lines=60, claims=9, trials=2).minutes == 24
