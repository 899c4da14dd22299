"""`dkm report --stored`: pages from the outputs in the notebooks, and nothing is run."""

import json
import re

import pytest
from nbformat.v4 import new_output
from press_helpers import code, make_clone, notebook, text, write

SOURCE = "from dkm.claims import claim\nclaim('k is small', k < 5, measured=f'k = {k}')"
SAID = "Rendered from the outputs stored in the notebook; continuous integration compares them"


def claimed(holds=True):
    content = {"statement": "k is small", "holds": holds, "applies": True, "refutes": None}
    content |= {"measured": "k = 3", "source": None}
    data = {"text/plain": "✓ k is small", "text/html": "<p>✓ k is small</p>"}
    return new_output("display_data", data, metadata={"dkm": {"claim": content}})


def ran(*cells):
    """A notebook whose cells hold what a run left."""
    made = notebook(*cells)
    for count, cell in enumerate((c for c in made.cells if c.cell_type == "code"), start=1):
        cell.execution_count = count
    return made


@pytest.fixture
def clone(tmp_path):
    printed = new_output("stream", text=f"as committed in {tmp_path}/clone/notebooks\n")
    lessons = {
        "n01_kmeans": ran(code(SOURCE, outputs=[claimed()]), text("[b](02_other.ipynb)")),
        "n02_other": ran(code("print('as it runs')", outputs=[printed])),
    }
    return make_clone(tmp_path / "clone", **lessons)


def page(clone, name):
    return (clone / "reports" / "html" / f"{name}.html").read_text()


def kept(clone):
    folder = clone / "reports" / "html" / "notebooks"
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_pages_show_what_is_stored_and_say_so(clone, dkm):
    made = dkm(clone, "report", "--stored")
    assert made.code == 0, made
    assert "running" not in made.err
    assert "01_kmeans  rendered from stored outputs (1 claim passed)" in made.out
    assert "Open reports/html/index.html" in made.out
    assert SAID in page(clone, "01_kmeans")
    assert "as committed in notebooks" in page(clone, "02_other")
    assert 'href="02_other.html"' in page(clone, "01_kmeans")
    index = page(clone, "index")
    assert "2 pages show the outputs stored" in index
    assert "have been run" not in index
    assert "1 of 1 claims passed, 0 failed." in index
    assert " took " not in index


def test_nothing_is_said_of_a_run_that_nobody_saw(clone, dkm):
    dkm(clone, "report", "--stored")
    html = page(clone, "01_kmeans")
    foot = html[html.index("<footer>") :]
    assert re.findall(r"<dt>(.*?)</dt>", foot) == [
        "Parameters", "Seeds", "Claims", "Run", "Lock", "Commit", "To run it",
    ]  # fmt: skip
    assert "<dd>not run here; these are the outputs stored in the notebook</dd>" in foot
    facts = json.loads(kept(clone)["01_kmeans.stored.ipynb"])["metadata"]["dkm"]
    assert not {"started", "seconds"} & set(facts)
    assert set(facts["provenance"]) == {"commit", "tree", "lock"}


@pytest.mark.thorough
def test_claims_count_as_in_a_run(clone, dkm):
    def counted(index):
        item = re.search(r'<li id="01_kmeans".*?\n</li>', index, re.DOTALL)[0]
        return item[item.index("<details") :]

    dkm(clone, "report", "--stored")
    stored = page(clone, "index")
    dkm(clone, "report", "01")
    assert counted(page(clone, "index")) == counted(stored)
    write(clone, "01_kmeans", ran(code(SOURCE, outputs=[claimed(holds=False)])))
    failing = dkm(clone, "report", "--stored")
    assert failing.code == 0
    assert "1 claim failed in 01_kmeans: k is small" in failing.out
    assert "1 of 1 claims failed in this run" in page(clone, "01_kmeans")
    assert 'href="01_kmeans.html#claim-1">✗ k is small</a>' in page(clone, "index")


def test_a_real_report_afterwards_is_run_and_takes_the_place(clone, dkm):
    dkm(clone, "report", "--stored")
    made = dkm(clone, "report", "02")
    assert "02_other  completed" in made.out
    assert "as it runs" in page(clone, "02_other")
    assert SAID not in page(clone, "02_other")
    assert set(kept(clone)) == {"01_kmeans.stored.ipynb", "02_other.ipynb"}
    assert "1 of 2 notebooks have been run. 1 page shows the outputs" in page(clone, "index")


@pytest.mark.thorough
def test_a_failed_run_takes_the_place_too(clone, dkm):
    write(clone, "02_other", ran("1 / 0"))
    dkm(clone, "report", "--stored")
    assert dkm(clone, "report", "02").code == 1
    assert "stopped in code cell 2" in page(clone, "02_other")
    assert SAID not in page(clone, "02_other")


@pytest.mark.thorough
def test_a_real_run_is_kept_beside_stored_outputs_and_shown_again(clone, dkm):
    dkm(clone, "report")
    before, run = kept(clone), page(clone, "02_other")
    dkm(clone, "report", "--stored")
    assert SAID in page(clone, "02_other")
    assert before.items() <= kept(clone).items()
    again = dkm(clone, "report")
    assert again.out.count("up to date") == 2
    assert again.err == ""
    assert page(clone, "02_other") == run
    assert kept(clone) == before


def test_one_page_alone(clone, dkm, tmp_path):
    made = dkm(clone, "report", "01", "--stored", "--output", tmp_path / "mail" / "page.html")
    assert made.code == 0, made
    assert [path.name for path in (tmp_path / "mail").iterdir()] == ["page.html"]
    alone = (tmp_path / "mail" / "page.html").read_text()
    assert SAID in alone
    assert set(re.findall(r'href="([^"]*)"', alone)) == {"#main"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["01", "-p", "k=4"], "--stored runs nothing, so it cannot use -p."),
        (["--data", "my.csv"], "--stored runs nothing, so it cannot use --data."),
        (["kmean"], "Did you mean 'kmeans'?"),
        (["--output", "pyproject.toml"], "pyproject.toml is a file"),
        (["01", "--output", "mine.html"], "mine.html was not made by dkm"),
        (["--output", "page.html"], "page.html is a single page, so name one notebook"),
    ],
)
def test_wrong_use_is_told_before_anything_is_written(clone, dkm, arguments, words):
    (clone / "mine.html").write_text("mine")
    called = dkm(clone, "report", "--stored", *arguments)
    assert called.code == 2
    assert words in called.err
    assert "Traceback" not in called.err
    assert not (clone / "reports").exists()
    assert (clone / "mine.html").read_text() == "mine"


def unfinished():
    never, half, failed, mixed = notebook("k"), ran("k"), ran("1 / 0"), ran("k", "k + 1")
    half.cells[-1].execution_count = None
    failed.cells[-1].outputs = [new_output("error", ename="ZeroDivisionError", evalue="by zero")]
    mixed.cells[-1].execution_count, mixed.cells[-2].execution_count = 2, 3
    return {
        "code cell 1 has not been run": never,
        "code cell 2 has not been run": half,
        "code cell 2 ended in an error": failed,
        "its cells were not run in order": mixed,
    }


@pytest.mark.parametrize("problem", unfinished())
def test_a_notebook_without_all_outputs_is_named_with_the_remedy(clone, dkm, problem):
    write(clone, "02_other", unfinished()[problem])
    called = dkm(clone, "report", "--stored")
    assert called.code == 2
    told = f"02_other.ipynb does not contain the outputs of a complete run: {problem}."
    assert told in called.err
    assert "python -m tools.run_notebooks 02_other" in called.err
    assert "dkm report 02" in called.err
    assert not (clone / "reports").exists()
