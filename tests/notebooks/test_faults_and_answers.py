"""The notebooks notice when the package is wrong, and their exercises know right from wrong."""

from importlib import import_module
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from dkm.claims import failed, found

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LESSONS = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))

# Beside this file stands for each notebook a `known_NAME.py` with
# QUICK: parameters that make it quick;
# FAULTS: named faults of the package, what makes them, and a claim that must turn;
# ANSWERS: for the cell of each exercise, one right answer and some wrong ones.
KNOWN = {lesson: import_module(f"known_{lesson}") for lesson in LESSONS}


def read(lesson):
    """The lesson, with parameters that make it quick."""
    notebook = nbformat.read(NOTEBOOKS / f"{lesson}.ipynb", 4)
    cell = next(c for c in notebook.cells if "parameters" in c.metadata.get("tags", []))
    cell.source += "".join(f"\n{name} = {value!r}" for name, value in KNOWN[lesson].QUICK.items())
    return notebook


def run(notebook):
    """Run the notebook; returns its claims."""
    resources = {"metadata": {"path": str(NOTEBOOKS)}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=resources).execute()
    return found(notebook)[0]


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_lesson_has_faults_and_answers(lesson):
    assert KNOWN[lesson].FAULTS
    cells = {cell.id for cell in read(lesson).cells}
    assert {name for name in cells if name.startswith("exercise-") and name[-1].isdigit()} == set(
        KNOWN[lesson].ANSWERS
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lesson", "fault"), [(lesson, fault) for lesson in LESSONS for fault in KNOWN[lesson].FAULTS]
)
def test_a_fault_of_the_package_turns_a_claim(lesson, fault):
    code, statement = KNOWN[lesson].FAULTS[fault]
    committed = {c["statement"]: c for c in found(read(lesson))[0]}
    assert not failed(committed[statement])
    notebook = read(lesson)
    del notebook.cells[committed[statement]["cell"] + 1 :]  # what comes later makes it only longer
    notebook.cells.insert(0, nbformat.v4.new_code_cell(code))
    broken = {c["statement"]: c for c in run(notebook)}
    assert failed(broken[statement])


@pytest.mark.slow
@pytest.mark.parametrize("lesson", [lesson for lesson in LESSONS if KNOWN[lesson].ANSWERS])
def test_exercises_know_right_from_wrong(lesson):
    notebook = read(lesson)
    checks = {cell.id: cell.source for cell in notebook.cells if cell.id.endswith("-check")}
    expected = {}
    for exercise, answers in KNOWN[lesson].ANSWERS.items():
        for name, answer in answers.items():
            source = f"{answer}\n{checks[f'{exercise}-check']}"
            expected[len(notebook.cells)] = (exercise, name)
            notebook.cells.append(nbformat.v4.new_code_cell(source))
    claims = run(notebook)
    stubs = [c for c in claims if "Exercise" in c["statement"] and c["cell"] not in expected]
    assert len(stubs) == len(KNOWN[lesson].ANSWERS)
    assert not any(c["applies"] or c["holds"] for c in stubs)
    judged = {expected[c["cell"]]: c for c in claims if c["cell"] in expected}
    assert len(judged) == len(expected)
    for (exercise, name), claim in judged.items():
        assert claim["applies"], (exercise, name)
        assert claim["holds"] == (name == "right"), (exercise, name, claim["measured"])
