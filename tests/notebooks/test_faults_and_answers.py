"""The notebooks notice when the package is wrong, and their exercises know right from wrong.

Only the cells that a claim depends on are run: once without a fault, where it must not
fail, and once with each fault, where it must.
"""

from importlib import import_module
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from slices import needed
from warm_kernels import warm_kernel

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


def part(notebook, cells):
    """Leave in the notebook only what these cells depend on."""
    sources = [cell.source if cell.cell_type == "code" else "" for cell in notebook.cells]
    numbers = needed(sources, cells)
    notebook.cells = [notebook.cells[number] for number in numbers]
    return notebook


def judged(lesson, statement, kernel, fault=None):
    """The claim, from the cells that it depends on; they run in an imperfect package, if asked."""
    notebook = read(lesson)
    (cell,) = {c["cell"] for c in found(notebook)[0] if c["statement"] == statement}
    part(notebook, [cell])
    if fault:
        notebook.cells.insert(0, nbformat.v4.new_code_cell(fault))
    return {c["statement"]: c for c in run(notebook, kernel)}[statement]


def run(notebook, kernel):
    """Run the notebook; returns its claims."""
    resources = {"metadata": {"path": str(NOTEBOOKS)}}
    NotebookClient(notebook, timeout=300, kernel_name=kernel, resources=resources).execute()
    return found(notebook)[0]


@pytest.fixture(scope="session")
def kernel():
    with warm_kernel() as name:
        yield name


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_lesson_has_faults_and_answers(lesson):
    assert KNOWN[lesson].FAULTS
    cells = {cell.id for cell in read(lesson).cells}
    assert {name for name in cells if name.startswith("exercise-") and name[-1].isdigit()} == set(
        KNOWN[lesson].ANSWERS
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lesson", "statement"),
    [(name, each) for name in LESSONS for each in {s: 0 for _, s in KNOWN[name].FAULTS.values()}],
)
def test_without_a_fault_the_claim_holds(lesson, statement, kernel):
    # Or it does not apply, and the fault makes it apply.
    assert not failed(judged(lesson, statement, kernel))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lesson", "fault"), [(lesson, fault) for lesson in LESSONS for fault in KNOWN[lesson].FAULTS]
)
def test_a_fault_of_the_package_turns_a_claim(lesson, fault, kernel):
    code, statement = KNOWN[lesson].FAULTS[fault]
    assert failed(judged(lesson, statement, kernel, code))


@pytest.mark.slow
@pytest.mark.parametrize("lesson", [lesson for lesson in LESSONS if KNOWN[lesson].ANSWERS])
def test_exercises_know_right_from_wrong(lesson, kernel):
    notebook, asked = read(lesson), {}
    checks = {cell.id: cell.source for cell in notebook.cells if cell.id.endswith("-check")}
    wanted = [i for i, cell in enumerate(notebook.cells) if cell.id in checks]
    for exercise, answers in KNOWN[lesson].ANSWERS.items():
        for name, answer in answers.items():
            cell = nbformat.v4.new_code_cell(f"{answer}\n{checks[f'{exercise}-check']}")
            wanted.append(len(notebook.cells))
            notebook.cells.append(cell)
            asked[cell.id] = (exercise, name)
    claims = run(part(notebook, wanted), kernel)
    expected = {i: asked[c.id] for i, c in enumerate(notebook.cells) if c.id in asked}
    stubs = [c for c in claims if "Exercise" in c["statement"] and c["cell"] not in expected]
    assert len(stubs) == len(KNOWN[lesson].ANSWERS)
    assert not any(c["applies"] or c["holds"] for c in stubs)
    answered = {expected[c["cell"]]: c for c in claims if c["cell"] in expected}
    assert len(answered) == len(expected)
    for (exercise, name), claim in answered.items():
        assert claim["applies"], (exercise, name)
        assert claim["holds"] == (name == "right"), (exercise, name, claim["measured"])
