"""The two tools that keep committed notebooks in order."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_output
from PIL import Image
from press_helpers import code, make_clone, notebook, write

from dkm.press import PressError
from dkm.press.export import find_browser
from dkm.press.markdown import Renderer
from tools import math_font, normalize_notebooks, run_notebooks, screenshots

ROOT = Path(__file__).parents[2]
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
    claim = {"statement": "k is small", "holds": False, "applies": True}
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
        "01_a.ipynb: is not in normal form",
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


@pytest.mark.thorough
def test_notebooks_are_run_in_place_and_changed_claims_listed(clone, capfd):
    write(clone, "01_a", notebook(CLAIMS.format(limit=5, measured="one", name="old")))
    write(clone, "02_b", notebook("1 / 0"))
    write(clone, "tool", notebook("1"))
    broken = (clone / "notebooks" / "02_b.ipynb").read_bytes()
    assert run_notebooks.main(["notebooks"]) == 1
    told = capfd.readouterr().out
    assert "01_a: 3 claims changed\n  new: k is small (holds, k = 3)\n" in told
    assert "02_b: code cell 2: ZeroDivisionError: division by zero. Left unchanged." in told
    assert "tool: no claims changed" in told
    assert (clone / "notebooks" / "02_b.ipynb").read_bytes() == broken
    assert normalize_notebooks.main(["--check", "notebooks/01_a.ipynb"]) == 0
    assert capfd.readouterr().out == "In normal form: 1 of 1 notebooks.\n"

    made = nbformat.read(clone / "notebooks" / "01_a.ipynb", as_version=4)
    made.cells[2].source = CLAIMS.format(limit=2, measured="two", name="new")
    write(clone, "01_a", made)
    assert run_notebooks.main(["01"]) == 0
    assert capfd.readouterr().out.splitlines()[:5] == [
        "01_a: 4 claims changed",
        "  reversed: k is small: holds -> does not hold (k = 3)",
        "  measured: k is a number: one -> two",
        "  removed: old",
        "  new: new (holds, )",
    ]
    assert "dkm" not in nbformat.read(clone / "notebooks" / "01_a.ipynb", as_version=4).metadata


def test_an_unknown_notebook_is_told(clone, capfd):
    assert run_notebooks.main(["nosuch"]) == 2
    assert "No notebook named 'nosuch'" in capfd.readouterr().err


def test_the_font_has_every_character_of_the_formulas():
    folder, found = ROOT / "notebooks", set()
    for path in folder.glob("*.ipynb"):
        renderer = Renderer(folder, {})
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                html = renderer.render(cell.source, cell.get("attachments"))
                for formula in re.findall("<math.*?</math>", html, re.DOTALL):
                    found |= set(re.sub(r"<[^>]*>|&\w+;|\s", "", formula))
    assert len(found) > 50
    assert {each for each in found if ord(each) not in math_font.characters()} == set()


@pytest.mark.thorough
def test_pictures_are_taken_of_every_page_in_both_themes(tmp_path, capsys):
    assert screenshots.main(tmp_path / "reports") == 2
    assert "run `dkm report` first" in capsys.readouterr().err
    try:
        find_browser()
    except PressError as error:
        pytest.skip(str(error))
    for name in ("html/index.html", "your_data/my/report.html"):
        path = tmp_path / "reports" / name
        path.parent.mkdir(parents=True)
        path.write_text("<style>@media (prefers-color-scheme: dark) { body { background: black } }")
    (tmp_path / "reports" / "shots").mkdir()
    (tmp_path / "reports" / "shots" / "old.png").write_text("old")
    # In a process of its own: two sessions of Playwright in one disturb each other.
    program = "import pathlib, sys; from tools.screenshots import main; "
    program += "sys.exit(main(pathlib.Path(sys.argv[1])))"
    subprocess.run([sys.executable, "-c", program, tmp_path / "reports"], cwd=ROOT, check=True)
    made = {path.stem: Image.open(path) for path in (tmp_path / "reports" / "shots").iterdir()}
    assert {name: image.width for name, image in made.items()} == {
        f"{name}-{width}-{scheme}": width
        for name in ("index", "your_data-my")
        for width in (1280, 390)
        for scheme in ("light", "dark")
    }
    assert made["index-390-dark"].convert("L").getpixel((5, 5)) == 0
    assert made["index-390-light"].convert("L").getpixel((5, 5)) == 255
