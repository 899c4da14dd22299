"""What runs parts of notebooks: the cells that others depend on, kernels that are forked."""

import sys
import time
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_code_cell, new_notebook
from slices import needed
from warm_kernels import warm_kernel

from dkm.claims import failed, found

CELLS = {
    "import": "import numpy as np",
    "data": "X = np.zeros(3)",
    "other": "Y = np.ones(3)",
    "filled": "X[0] = 1",
    "offset": "offset = 1",
    "g": "def g(x):\n    return x + offset",
    "function": "def f(k):\n    Y = k\n    return [g(x) for x in X]",
    "list": "several = []",
    "loop": "for k in range(3):\n    several.append(k)",
    "shown": "np.printoptions()\nprint(several)",
}


@pytest.mark.parametrize(
    ("target", "cells"),
    [
        ("f(1)", ["import", "data", "filled", "offset", "g", "function"]),
        ("several", ["list", "loop"]),
        ("Y", ["import", "other"]),
        ("Y = 2\nY.a", ["import", "other"]),
        ("f = max\nnp.max", ["import"]),
        ("lambda X: X", []),
        ("1", []),
    ],
)
def test_a_cell_depends_on_those_that_make_or_change_what_it_names(target, cells):
    sources = [*CELLS.values(), target]
    expected = [*map(list(CELLS).index, cells), len(CELLS)]
    assert needed(sources, [len(CELLS)]) == expected


def test_what_is_bound_anew_needs_nothing_of_before():
    sources = ["model = train()", "model = 2", "", "score = model", "model.x = 1", "model"]
    assert needed(sources, [3]) == [1, 3]
    assert needed(sources, [5]) == [1, 4, 5]
    assert needed(sources, [3, 5]) == [1, 3, 4, 5]


@pytest.fixture(scope="module")
def run():
    """Run these cells in a warm kernel, or in one of another name; returns the notebook."""
    with warm_kernel() as warm:

        def call(*sources, kernel=warm, timeout=100):
            notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
            call.last = notebook
            NotebookClient(notebook, kernel_name=kernel, timeout=timeout).execute()
            return notebook

        yield call


SHOWN = (
    "import os, sys\nprint('out')\nprint('err', file=sys.stderr)\nos.system('echo from below')",
    "from dkm import claim\nclaim('It is small', 2 < 1, measured='2')",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
    "6 * 7",
    "from IPython.display import HTML\nHTML('<b>b</b>')",
    "import keras\nfloat(keras.ops.sum(keras.ops.ones(3)))",
)


@pytest.mark.slow
def test_a_forked_kernel_leaves_what_a_real_one_leaves(run):
    real, forked = run(*SHOWN, kernel="python3"), run(*SHOWN)
    outputs = [[cell.outputs for cell in notebook.cells] for notebook in (forked, real)]
    assert outputs[0] == outputs[1]
    (claim,), _ = found(forked)
    assert failed(claim)
    assert "image/png" in forked.cells[2].outputs[0].data


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")
def test_a_forked_kernel_that_hangs_is_killed(run):
    with pytest.raises(CellTimeoutError):
        run("import os\nprint(os.getpid())", "while True: pass", timeout=2)
    pid = int(run.last.cells[0].outputs[0].text)
    for _ in range(300):  # it takes a moment until it is gone
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.1)
    pytest.fail("it is still there")


@pytest.mark.slow
def test_a_forked_kernel_that_dies_is_noticed_and_the_next_lives(run):
    with pytest.raises(DeadKernelError):
        run("import os\nos._exit(1)", "1")
    assert nbformat.writes(run("'alive'")).count("alive") == 2
