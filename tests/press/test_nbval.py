"""What `conftest.py` makes of nbval: each repair on a tiny notebook, in a pytest of its own."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_output
from press_helpers import code, notebook

ROOT = Path(__file__).parents[2]
CLAIM = "from dkm.claims import claim\nclaim('k is small', k < {limit}, measured=str(k))"
RECORD = "from dkm.claims import record\nrecord('k', k, {spread}, [0, 1])"


def printed(words):
    return [new_output("stream", text=words + "\n")]


def shown(words, html, **metadata):
    return [new_output("display_data", {"text/plain": words, "text/html": html}, metadata=metadata)]


def cell(source, outputs):
    return code(source, outputs=outputs, execution_count=1)


def result(words):
    return [new_output("execute_result", {"text/plain": words}, execution_count=1)]


SAME = {
    "within": cell("print('0.74 ± 0.01, n = 5')", printed("0.735 ± 0.01, n = 5")),
    "several": cell("print('-1.5e-3 ± 1e-3, 2 ± 1')", printed("-1e-3 ± 1e-3, 3 ± 1")),
    "in_an_object": cell("{'a': '3.0 ± 0.5'}", result("{'a': '3.4 ± 0.5'}")),
    "stderr": cell("import sys\nprint('new', file=sys.stderr)", []),
    "html_and_svg": cell(
        "from IPython.display import display\n"
        "display({'text/plain': 'a', 'text/html': 'new', 'image/svg+xml': '<svg/>'}, raw=True)",
        [new_output("display_data", {"text/plain": "a", "text/html": "old",
                                     "image/svg+xml": "<svg></svg>"})],
    ),
    "semicolon": cell("k + 1;", []),
    "claim": cell(CLAIM.format(limit=4), shown("✓ k is small", "measured: other")),
    "spread": cell(
        RECORD.format(spread=0.0104), shown("k: 3.001 ± 0.010 (2 seeds)", "", dkm={"record": {}})
    ),
}  # fmt: skip
DIFFERENT = {
    "beyond": cell("print('0.75 ± 0.01')", printed("0.735 ± 0.01")),
    "no_tolerance": cell("print('0.74')", printed("0.735")),
    "other_words": cell("print('loss 0.74 ± 0.01')", printed("accuracy 0.74 ± 0.01")),
    "other_tolerance": cell("print('0.74 ± 0.1')", printed("0.74 ± 0.01")),
    "nan": cell("print('nan ± 0.01')", printed("0.74 ± 0.01")),
    "claim_turns": cell(CLAIM.format(limit=2), shown("✓ k is small", "measured: 3")),
    "claim_gone": cell("1;", shown("✓ k is small", "measured: 3")),
    "other_plain_text": cell("{'a': 2}", result("{'a': 1}")),
}


@pytest.fixture
def nbval(tmp_path):
    """Run nbval on a notebook of such cells; return the names of those that failed, and the log."""
    shutil.copy(ROOT / "conftest.py", tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")

    def call(cells, *options):
        made = notebook(*cells.values())
        made.cells[1].execution_count = 1
        nbformat.write(made, tmp_path / "cells.ipynb")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--nbval",
             "--nbval-current-env", "--nbval-cell-timeout", "300", "-rf", *options],
            cwd=tmp_path, capture_output=True, text=True,
        )  # fmt: skip
        # Cell 0 is that of the parameters.
        numbers = re.findall(r"^FAILED cells\.ipynb::Cell (\d+)", done.stdout, re.MULTILINE)
        return {["parameters", *cells][int(number)] for number in numbers}, done.stdout

    return call


def test_what_may_differ_passes_and_what_may_not_fails(nbval):
    failed, told = nbval({**SAME, **DIFFERENT})
    assert failed == set(DIFFERENT), told


@pytest.mark.thorough
def test_another_parameter_leaves_claims_compared_and_numbers_not(nbval):
    cells = {
        "number": cell("print(f'{k}.0 ± 0.01')", printed("3.0 ± 0.01")),
        "record": cell(RECORD.format(spread=None), shown("k: 3", "", dkm={"record": {}})),
        "claim_kept": cell(CLAIM.format(limit=9), shown("✓ k is small", "")),
        "claim_turns": cell(CLAIM.format(limit=5), shown("✓ k is small", "")),
        "words": cell("print('k' * k)", printed("kkk")),
    }
    failed, told = nbval(cells, "--nbval-parameter", "k = 7")
    assert failed == {"claim_turns", "words"}, told


def test_a_dead_kernel_is_noticed_at_once(nbval):
    failed, told = nbval({"dies": cell("import os\nos._exit(1)", []), "next": cell("1;", [])})
    assert failed == {"dies", "next"}
    # It is noticed by a look at the kernel, not by the limit for a cell.
    assert "the kernel died while running this cell" in told
    assert "timed out" not in told.lower()
