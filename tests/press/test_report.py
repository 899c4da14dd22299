"""`dkm report` and `dkm list` from outside, on tiny notebooks that really run."""

import getpass
import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from press_helpers import PARAMETERS, code, make_clone, notebook, text, write

CLAIM = """
from dkm.claims import claim, record
claim("k is small", k < 5, measured=f"k = {k}")
record("k", k)
print(f"k is {k!r}")
"""


@pytest.fixture
def clone(tmp_path):
    return make_clone(tmp_path / "clone", n01_kmeans=notebook(CLAIM), n02_other=notebook("k"))


def page(clone, name):
    return (clone / "reports" / "html" / f"{name}.html").read_text()


def facts(clone, name):
    path = clone / "reports" / "html" / "notebooks" / f"{name}.ipynb"
    return json.loads(path.read_text())["metadata"]["dkm"]


def files(clone):
    folder = clone / "reports" / "html"
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def times(clone):
    """When each file was written."""
    folder = clone / "reports" / "html"
    return {name: (folder / name).stat().st_mtime_ns for name in files(clone)}


def test_reports_are_made_once_and_again_where_something_changed(clone, dkm):
    made = dkm(clone, "report")
    assert made.code == 0, made
    assert "01_kmeans  completed" in made.out
    assert (
        f"Open reports/html/index.html\n{(clone / 'reports/html/index.html').as_uri()}" in made.out
    )
    assert "01_kmeans: running\n" in made.err
    assert files(clone) == [
        "01_kmeans.html", "02_other.html", "index.html",
        "notebooks/01_kmeans.ipynb", "notebooks/02_other.ipynb",
    ]  # fmt: skip
    index = page(clone, "index")
    assert "1 claim passed" in index
    assert "k: 3</p>" in index

    written = times(clone)
    again = dkm(clone / "notebooks", "report")
    assert times(clone) == written
    assert again.out.count("up to date") == 2
    assert again.err == ""

    write(clone, "02_other", notebook("k + 1", text("![no words](https://example.org/a.png)")))
    third = dkm(clone, "report")
    assert third.code == 1
    assert "01_kmeans  up to date" in third.out
    assert "02_other   the page could not be made: 02_other, cell 4: <img> would load" in third.out
    assert "This page could not be made" in page(clone, "02_other")


@pytest.mark.thorough
@pytest.mark.parametrize("damage", ["", "{", '{"metadata": {}}', '{"metadata": {"dkm": {}}}'])
def test_a_run_that_cannot_be_read_is_run_again(clone, dkm, damage):
    kept = clone / "reports" / "html" / "notebooks"
    kept.mkdir(parents=True)
    (kept / "02_other.ipynb").write_text(damage)
    (kept / "01_kmeans.ipynb").write_text(damage)
    made = dkm(clone, "report", "02")
    assert made.code == 0, made
    assert "02_other  completed" in made.out
    assert "not run yet" in page(clone, "index")


def test_a_parameter_reaches_the_notebook_and_a_claim_that_fails_is_told(clone, dkm):
    made = dkm(clone, "report", "kmeans", "-p", "k=7")
    assert made.code == 0, made
    assert "1 claim failed in 01_kmeans: k is small" in made.out
    assert "k is 7" in page(clone, "01_kmeans")
    assert "<code>k = 7</code> <strong>(changed)</strong>" in page(clone, "01_kmeans")
    assert "1 of 1 claims failed in this run" in page(clone, "01_kmeans")
    assert facts(clone, "01_kmeans")["command"] == "dkm report 01 -p k=7"
    index = page(clone, "index")
    assert 'href="01_kmeans.html#claim-1">✗ k is small</a>' in index
    assert "not run yet" in index
    assert "with k = 7" in index
    # The links of the page know that the other report does not exist.
    assert "02_other.html" not in page(clone, "01_kmeans")
    assert dkm(clone, "report", "01", "-p", "k=7").out.count("up to date") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["kmean"], "Did you mean 'kmeans'?"),
        (["01", "-p", "alfa=1"], "01_kmeans has no parameter 'alfa'. It has: k."),
        (["01", "-p", "k=many"], "k=many is not an int. The default is 3;"),
        (["01", "-p", "k"], "-p k does not have the form name=value"),
        (["01", "-p", "k=1", "-p", "k=2"], "-p k is given twice"),
        (["-p", "only=1"], "name those notebooks"),
        (["--output", "pyproject.toml"], "pyproject.toml is a file"),
        (["--output", "/dev/null/x"], "Name another"),
        (["--output", "x" * 300], "Name another"),
        (["--timeout", "0"], "--timeout"),
        (["--no-such-option"], "No such option"),
    ],
)
def test_wrong_use_is_told_before_anything_runs(clone, dkm, arguments, words):
    called = dkm(clone, "report", *arguments)
    assert called.code == 2
    assert words in called.err
    assert "Traceback" not in called.err
    assert "running" not in called.err
    assert not (clone / "reports").exists()


def test_an_index_of_somebody_else_is_not_overwritten(clone, dkm, tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("mine")
    called = dkm(clone, "report", "--output", tmp_path / "site")
    assert called.code == 2
    assert "contains an index.html that dkm did not write" in called.err
    assert (tmp_path / "site" / "index.html").read_text() == "mine"


def test_outside_of_a_clone_it_says_so(dkm, tmp_path):
    for command in ("report", "list"):
        called = dkm(tmp_path, command)
        assert called.code == 2
        assert "is not inside a clone of dkm" in called.err


def test_a_notebook_without_a_number_is_run_by_name_only(clone, dkm):
    write(clone, "your_data", notebook("1"))
    assert "your_data  A title" in dkm(clone, "list").out
    assert "your_data  completed" in dkm(clone, "report", "your_data").out
    assert 'href="your_data.html"' in page(clone, "index")


def test_list_shows_what_there_is(clone, dkm):
    listed = dkm(clone, "list")
    assert listed.code == 0
    assert (
        "01_kmeans  A title  read 3 min  run 4 s\n      k = 3  number of clusters\n" in listed.out
    )


FAILURES = {
    "01_raises": (3, "ValueError", "k=3: notebooks"),
    "02_leaves": (2, "SystemExit", "The cell exited the notebook before its last cell."),
    "03_dies": (2, "Kernel died", "exited or was killed"),
    "04_hangs": (2, "Timeout", "longer than 3 s. To allow more time: dkm report --timeout 6"),
}


@pytest.mark.thorough
def test_failing_notebooks_give_reports_and_the_others_finish(tmp_path, dkm):
    clone = make_clone(
        tmp_path / "clone",
        n01_raises=notebook("1", "raise ValueError(f'k={k}: ' + __import__('os').getcwd())", "2"),
        n02_leaves=notebook("import sys\nsys.exit(0)", "3"),
        n03_dies=notebook("import os\nos._exit(1)", "3"),
        n04_hangs=notebook("import time\ntime.sleep(6000)", "3"),
        n05_works=notebook(code("'fine'"), "   "),
    )
    (clone / "reports" / "html").mkdir(parents=True)
    (clone / "reports" / "html" / "01_raises.html").write_text("stale")
    done = dkm(clone, "report", "--timeout", "3")
    assert done.code == 1
    assert "Traceback" not in done.out + done.err
    assert "05_works   completed" in done.out
    assert "&#x27;fine&#x27;</pre>" in page(clone, "05_works")
    for name, (number, error, message) in FAILURES.items():
        assert f"{name:9}  stopped in code cell {number}: {error}" in done.out
        failure = facts(clone, f"{name}.failed")["failure"]
        assert (failure["number"], failure["error"]) == (number, error)
        assert message in failure["message"]
        assert f"stopped in code cell {number}" in page(clone, name)
        assert f"<code>dkm report {name[:2]}</code>" in page(clone, name)
        assert f"notebooks/{name}.ipynb" not in files(clone)
        assert f"✗ stopped in code cell {number}: {error}" in page(clone, "index")

    write(clone, "02_leaves", notebook("3"))
    assert dkm(clone, "report", "02").code == 0
    assert "notebooks/02_leaves.failed.ipynb" not in files(clone)
    assert "stopped" not in page(clone, "02_leaves")


@pytest.mark.thorough
def test_nothing_tells_who_made_it_and_where(clone, dkm):
    write(clone, "01_kmeans", notebook(
        "import os, sys, dkm, numpy\nprint(os.getcwd(), sys.prefix, dkm.__file__, numpy.__file__)",
        "import warnings\nwarnings.warn('care' + 'ful')",
        "numpy.linalg.inv(numpy.zeros((2, 2)))",
    ))  # fmt: skip
    assert dkm(clone, "report", "01").code == 1
    kept = [page(clone, "01_kmeans"), page(clone, "index")]
    kept.append((clone / "reports/html/notebooks/01_kmeans.failed.ipynb").read_text())
    assert "LinAlgError" in kept[0]
    own = Path(__file__).parents[2]
    secrets = [str(clone), str(own), sys.prefix, f"{Path.home()}/", "/ipykernel_"]
    secrets += [f"/{getpass.getuser()}/", "careful"]
    for content in kept:
        assert [secret for secret in secrets if secret in content] == []
    origin = json.dumps(facts(clone, "01_kmeans.failed")["provenance"])
    assert not re.search(rf"\b{re.escape(socket.gethostname())}\b", origin)


@pytest.mark.thorough
def test_types_are_kept_exactly(tmp_path, dkm):
    source = (
        "seeds = (0, 1)  # seeds\nalpha = 1.0  # weight\nname = 'a'  # name\nflag = False  # on"
    )
    clone = make_clone(
        tmp_path / "c", n01_a=notebook("print((seeds, alpha, name, flag))", parameters=source)
    )
    changes = ["seeds=[4, 5]", "alpha=2", 'name=it\'s "b" \\n {x}', "flag=true"]
    made = dkm(clone, "report", *(part for each in changes for part in ("-p", each)))
    assert made.code == 0, made
    executed = json.loads((clone / "reports/html/notebooks/01_a.ipynb").read_text())
    printed = "".join(executed["cells"][-1]["outputs"][0]["text"])
    assert eval(printed) == ((4, 5), 2.0, 'it\'s "b" \\n {x}', True)


@pytest.mark.thorough
def test_the_parameters_cell_stays_as_it_is(clone, dkm):
    dkm(clone, "report", "01", "-p", "k=4")
    executed = json.loads((clone / "reports/html/notebooks/01_kmeans.ipynb").read_text())
    assert "".join(executed["cells"][1]["source"]) == PARAMETERS
    assert "".join(executed["cells"][2]["source"]) == "# Changed for this report:\nk = 4"


@pytest.mark.thorough
def test_a_full_disk_is_told_and_leaves_nothing_half_written(clone, dkm, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("a small disk can be mounted by root on Linux only")
    try:
        write(clone, "01_kmeans", notebook("print('x' * 200_000)"))
        made = dkm(clone, "report", "01", "--output", small)
        left = [p for p in small.rglob("*") if p.is_file() and p.name != "index.html"]
    finally:
        subprocess.run(["umount", str(small)], check=True)
    assert made.code == 1
    assert "No space left for" in made.out
    assert "Traceback" not in made.err
    assert left == []
