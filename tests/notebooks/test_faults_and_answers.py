"""The lessons notice when the package is wrong, and their exercises know right from wrong."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from dkm.claims import failed, found

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LESSONS = sorted(path.stem for path in NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))

# Of each lesson: named faults of the package, what makes them, and a claim that must turn.
FAULTS = {
    "01_kmeans": {
        "empty clusters are not re-seeded": (
            "from dkm import lloyd\nlloyd.reseed = lambda points, partition, C, empty: (C, 0)",
            "dkm.KMeans finds work even for a centre that starts far away from all points",
        ),
        "the squared length of the centres is forgotten": (
            "from dkm import lloyd\n"
            "right = lloyd.linear_scores\n"
            "lloyd.linear_scores = lambda *a: (right(*a)[0], 0 * right(*a)[1])",
            "dkm.KMeans gives the labels of the twelve lines above, from every start",
        ),
        "k-means++ draws every row alike": (
            "from dkm import seeding\n"
            "right = seeding._draw\n"
            "seeding._draw = lambda weights, *a: right(None, *a)[:1]",
            "On the blobs greedy k-means++ gets stuck less than half as often as random rows",
        ),
    },
}

# Of each lesson: for the cell of an exercise, one right answer and some wrong ones.
ANSWERS = {
    "01_kmeans": {
        "exercise-1": {
            "right": "smallest_k, smallest_k_of_ten_times = 51, 159",
            "ten times as large": "smallest_k, smallest_k_of_ten_times = 51, 510",
            "one too many": "smallest_k, smallest_k_of_ten_times = 52, 159",
        },
        "exercise-2": {
            "right": "points = np.array([[0.0, 0], [1, 0], [9, 0], [10, 0]])\n"
            "first = np.array([[5.0, 0], [1000, 0]])",
            "no empty centre": "points = np.array([[0.0, 0], [1, 0], [9, 0], [10, 0]])\n"
            "first = np.array([[0.0, 0], [10, 0]])",
            "nothing to gain": "points = np.zeros((4, 2))\nfirst = np.array([[0.0, 0], [9, 9]])",
        },
        "exercise-3": {
            "right": """
def lloyd_with_bounds(X, C, n_turns):
    bound, labels, n_distances = np.full(len(X), -np.inf), np.zeros(len(X), int), 0
    for turn in range(n_turns):
        todo = np.arange(len(X))
        if turn:
            own = np.sqrt(((X - C[labels]) ** 2).sum(axis=1))
            todo, n_distances = np.flatnonzero(own > bound), n_distances + len(X)
        distances = np.sqrt(squared_distances(X[todo], C))
        n_distances += distances.size
        labels[todo] = distances.argmin(axis=1)
        bound[todo] = np.sort(distances, axis=1)[:, 1]
        before, C = C, means(X, labels, C)
        bound -= np.sqrt(((C - before) ** 2).sum(axis=1)).max()
    return labels, n_distances
""",
            "no bound at all": """
def lloyd_with_bounds(X, C, n_turns):
    return lloyd(X, C, max_iter=n_turns)[1], len(X) * len(C) * n_turns
""",
            "stops early": """
def lloyd_with_bounds(X, C, n_turns):
    return lloyd(X, C, max_iter=n_turns // 2)[1], len(X) * len(C) * n_turns // 2
""",
        },
    },
}


def read(lesson, **parameters):
    """The lesson, with parameters that make it quick."""
    notebook = nbformat.read(NOTEBOOKS / f"{lesson}.ipynb", 4)
    cell = next(c for c in notebook.cells if "parameters" in c.metadata.get("tags", []))
    cell.source += "".join(f"\n{name} = {value!r}" for name, value in parameters.items())
    return notebook


def run(notebook):
    """Run the notebook; returns its claims."""
    resources = {"metadata": {"path": str(NOTEBOOKS)}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=resources).execute()
    return found(notebook)[0]


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_lesson_has_faults_and_answers(lesson):
    assert FAULTS[lesson]
    cells = {cell.id for cell in read(lesson).cells}
    assert {name for name in cells if name.startswith("exercise-") and name[-1].isdigit()} == set(
        ANSWERS[lesson]
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lesson", "fault"), [(lesson, fault) for lesson in FAULTS for fault in FAULTS[lesson]]
)
def test_a_fault_of_the_package_turns_a_claim(lesson, fault):
    code, statement = FAULTS[lesson][fault]
    committed = {c["statement"]: c for c in found(read(lesson))[0]}
    assert not failed(committed[statement])
    notebook = read(lesson, n_seeds=2)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(code))
    broken = {c["statement"]: c for c in run(notebook)}
    assert failed(broken[statement])


@pytest.mark.slow
@pytest.mark.parametrize("lesson", list(ANSWERS))
def test_exercises_know_right_from_wrong(lesson):
    notebook = read(lesson, n_seeds=2)
    checks = {cell.id: cell.source for cell in notebook.cells if cell.id.endswith("-check")}
    expected = {}
    for exercise, answers in ANSWERS[lesson].items():
        for name, answer in answers.items():
            source = f"{answer}\n{checks[f'{exercise}-check']}"
            expected[len(notebook.cells)] = (exercise, name)
            notebook.cells.append(nbformat.v4.new_code_cell(source))
    claims = run(notebook)
    stubs = [c for c in claims if "Exercise" in c["statement"] and c["cell"] not in expected]
    assert len(stubs) == len(ANSWERS[lesson])
    assert not any(c["applies"] or c["holds"] for c in stubs)
    judged = {expected[c["cell"]]: c for c in claims if c["cell"] in expected}
    assert len(judged) == len(expected)
    for (exercise, name), claim in judged.items():
        assert claim["applies"], (exercise, name)
        assert claim["holds"] == (name == "right"), (exercise, name, claim["measured"])
