"""The two tools that keep committed notebooks in order."""

import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_output
from press_helpers import code, make_clone, notebook, write

from dkm.press.markdown import Renderer
from tools import math_font, normalize_notebooks, run_notebooks

CLAIMS = """
from dkm.claims import claim
claim("k is small", k < {limit}, measured=f"k = {{k}}")
claim("k is a number", k == k, measured="{measured}")
claim("{name}", True, measured="")
"""


@pytest.fixture
def clone(tmp_path, monkeypatch):
    clone = make_clone(tmp_path / "clone", n01_a=notebook("print(k)"))
    monkeypatch.chdir(clone)
    return clone


def test_check_names_what_is_left_to_do_and_changes_nothing(clone, capsys):
    claim = {"statement": "k is small", "holds": False, "expect": True, "applies": True}
    bad = new_output("display_data", metadata={"dkm": {"claim": {**claim, "measured": "7"}}})
    error = new_output("error", ename="E", evalue="", traceback=[])
    long = code("\n".join(["1"] * 21), outputs=[bad, error], execution_count=7)
    path = clone / "notebooks" / "01_a.ipynb"
    write(clone, "01_a", notebook(long))
    made = nbformat.read(path, as_version=4)
    made.cells[1].metadata.tags = []
    nbformat.write(made, path)
    before = path.read_bytes()
    assert normalize_notebooks.main(["--check", "notebooks"]) == 1
    told = capsys.readouterr().out
    for words in (
        "01_a.ipynb: is not in its one form",
        "has no cell tagged parameters",
        "code cell 1 was not run",
        "code cell 2 ended in an error",
        "code cell 2 has 21 lines",
        "a claim failed: k is small (measured: 7)",
    ):
        assert words in told
    assert path.read_bytes() == before


def test_a_name_that_leads_nowhere_is_told(clone, capsys):
    assert normalize_notebooks.main(["--check", "notebook"]) == 2
    assert "No such file or folder: notebook" in capsys.readouterr().err


def test_notebooks_are_run_in_place_and_changed_claims_listed(clone, capfd):
    write(clone, "01_a", notebook(CLAIMS.format(limit=5, measured="one", name="old")))
    write(clone, "02_b", notebook("1 / 0"))
    write(clone, "tool", notebook("1"))
    broken = (clone / "notebooks" / "02_b.ipynb").read_bytes()
    assert run_notebooks.main(["notebooks"]) == 1
    told = capfd.readouterr().out
    assert "01_a: 3 claims changed\n  new: k is small (holds, k = 3)\n" in told
    assert "02_b: code cell 2: ZeroDivisionError: division by zero. Left as it was." in told
    assert "tool: no claims changed" in told
    assert (clone / "notebooks" / "02_b.ipynb").read_bytes() == broken
    assert normalize_notebooks.main(["--check", "notebooks/01_a.ipynb"]) == 0
    assert capfd.readouterr().out == "In their one form: 1 of 1 notebooks.\n"

    made = nbformat.read(clone / "notebooks" / "01_a.ipynb", as_version=4)
    made.cells[2].source = CLAIMS.format(limit=2, measured="two", name="new")
    write(clone, "01_a", made)
    assert run_notebooks.main(["01"]) == 0
    assert capfd.readouterr().out.splitlines()[:5] == [
        "01_a: 4 claims changed",
        "  turned: k is small: holds -> does not hold (k = 3)",
        "  measured: k is a number: one -> two",
        "  gone: old",
        "  new: new (holds, )",
    ]
    assert "dkm" not in nbformat.read(clone / "notebooks" / "01_a.ipynb", as_version=4).metadata


def test_an_unknown_notebook_is_told(clone, capfd):
    assert run_notebooks.main(["nosuch"]) == 2
    assert "No notebook named 'nosuch'" in capfd.readouterr().err


def test_the_font_has_every_character_of_the_formulas():
    folder, found = Path(__file__).parents[2] / "notebooks", set()
    for path in folder.glob("*.ipynb"):
        renderer = Renderer(folder, {})
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                html = renderer.render(cell.source, cell.get("attachments"))
                for formula in re.findall("<math.*?</math>", html, re.DOTALL):
                    found |= set(re.sub(r"<[^>]*>|&\w+;|\s", "", formula))
    assert len(found) > 50
    assert {each for each in found if ord(each) not in math_font.characters()} == set()
