"""`dkm report --data`: a page, labels and a model in a folder of their own, for any table."""

import getpass
import json
import os
import re
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from press_helpers import make_clone, notebook, wait_for, write

PARAMETERS = """
data = "none.csv"  # the table
label = "kind"  # column with classes, of the table that the notebook is committed with
n_clusters = 0  # number of clusters
row_id = ""  # column with names
leave_out = ()  # columns to leave out
standardize = True  # in standard deviations
seed = 0  # of all draws
folder = ""  # for the files
"""
WORK = """
from pathlib import Path
from dkm import claim
lines = Path(data).read_text().splitlines()
print("read", data, "of", len(lines), "lines; files go to", folder)
claim("There are lines", len(lines) > 0, measured=f"{len(lines)} in {data}")
"""
FILES = """
(Path(folder) / "labels.csv").write_text(f"row,cluster\\n1,{len(lines)}\\n")
(Path(folder) / "model.safetensors").write_bytes(b"a model")
"""
TABLE = "name,price,weight\n" + "".join(f"item {i},{i % 7}.5,{i * i % 11}\n" for i in range(20))
RESULTS = ["labels.csv", "model.safetensors", "report.html", "report.ipynb"]


@pytest.fixture
def clone(tmp_path):
    work = notebook(WORK, FILES, "label, n_clusters, seed", parameters=PARAMETERS)
    return make_clone(tmp_path / "clone", your_data=work, n01_kmeans=notebook("1"))


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "secret folder" / "my.csv"
    path.parent.mkdir()
    path.write_text(TABLE)
    return path


@pytest.fixture
def results(clone):
    return clone / "reports" / "your_data" / "my"


def files(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def facts(folder, name="report"):
    return json.loads((folder / f"{name}.ipynb").read_text())["metadata"]["dkm"]


def test_a_table_gives_a_page_labels_and_a_model(clone, dkm, table, results):
    made = dkm(clone, "report", "--data", table, "--label", "weight", "-k", "3", "-p", "seed=4")
    assert made.code == 0, made
    assert "report  completed" in made.out
    uri = (results / "report.html").as_uri()
    assert f"Open reports/your_data/my/report.html\n{uri}" in made.out
    assert files(results) == RESULTS
    assert (results / "labels.csv").read_text() == "row,cluster\n1,21\n"
    page = (results / "report.html").read_text()
    assert "<title>my.csv · A title</title>" in page
    assert re.search(r'<p class="about">my.csv · \d{4}-\d\d-\d\d</p>', page)
    assert "read my.csv of 21 lines; files go to ." in page
    assert "(&#x27;weight&#x27;, 3, 4)" in page
    assert "<code>dkm report --data my.csv --label weight -k 3 -p seed=4</code>" in page
    # It stands alone, and tells nothing of where it was made.
    for link in ("index.html", "All reports", 'rel="prev"', 'rel="next"'):
        assert link not in page
    assert not (clone / "reports" / "html").exists()
    assert secrets_in(results, table, clone) == []


@pytest.mark.thorough
def test_the_command_names_a_label_that_the_committed_notebook_names_too(clone, dkm, results):
    table = clone / "my.csv"
    table.write_text("kind,price\n" + "".join(f"{'ab'[i % 2]},{i * i % 7}.5\n" for i in range(20)))
    assert dkm(clone, "report", "--data", table, "--label", "kind").code == 0
    page = (results / "report.html").read_text()
    assert "<code>dkm report --data my.csv --label kind</code>" in page


def secrets_in(folder, table, clone):
    secrets = [str(table), str(table.parent), table.parent.name, str(clone), "/tmp/dkm-"]
    secrets.append(f"/{getpass.getuser()}/")
    return [secret for secret in secrets for p in folder.iterdir() if secret in p.read_text()]


def test_a_failing_first_run_leaves_no_labels_and_tells_no_place(clone, dkm, table, results):
    failing = "raise ValueError(f'in {data} and {folder}')"
    write(clone, "your_data", notebook(WORK, FILES, failing, parameters=PARAMETERS))
    failed = dkm(clone, "report", "--data", table)
    assert failed.code == 1
    assert "ValueError: in my.csv and ." in failed.out
    assert "earlier run" not in failed.out
    assert files(results) == ["report.failed.ipynb", "report.html"]
    assert "in my.csv and ." in (results / "report.html").read_text()
    assert secrets_in(results, table, clone) == []


@pytest.mark.thorough
def test_it_is_made_again_when_the_table_or_a_file_changed_and_else_not(clone, dkm, table, results):
    assert "completed" in dkm(clone, "report", "--data", table).out
    os.utime(table, (1, 1))
    assert "report  up to date" in dkm(clone / "notebooks", "report", "--data", table).out
    (results / "labels.csv").unlink()
    assert "completed" in dkm(clone, "report", "--data", table).out
    table.write_text(TABLE + "item 20,1,1\n")
    assert "completed" in dkm(clone, "report", "--data", table, "-k", "2").out
    assert (results / "labels.csv").read_text().endswith("1,22\n")
    moved = table.rename(clone / "my.csv")
    assert "up to date" in dkm(clone, "report", "--data", moved, "-k", "2").out


@pytest.mark.thorough
def test_another_table_of_the_same_name_does_not_take_its_place(clone, dkm, table, results):
    dkm(clone, "report", "--data", table)
    before = {path.name: path.read_bytes() for path in results.iterdir()}
    other = clone / "my.csv"
    other.write_text(TABLE.replace("item", "thing"))
    refused = dkm(clone, "report", "--data", other)
    assert refused.code == 2
    assert "reports/your_data/my contains the report on another table named my.csv" in refused.err
    assert {path.name: path.read_bytes() for path in results.iterdir()} == before
    made = dkm(clone, "report", "--data", other, "--output", clone / "own")
    assert made.code == 0, made
    assert files(clone / "own") == RESULTS


def test_a_folder_with_other_files_is_left_alone(clone, dkm, table):
    refused = dkm(clone, "report", "--data", table, "--output", table.parent)
    assert refused.code == 2
    assert "contains files that were not made by dkm. Name a separate folder" in refused.err
    assert files(table.parent) == ["my.csv"]


@pytest.mark.thorough
def test_a_failing_notebook_leaves_what_was_there(clone, dkm, table, results):
    dkm(clone, "report", "--data", table)
    write(clone, "your_data", notebook(WORK, FILES, "1 / 0", parameters=PARAMETERS))
    table.write_text("a,b\n1,2\n3,5\n")
    failed = dkm(clone, "report", "--data", table)
    assert failed.code == 1
    assert "stopped in code cell 4: ZeroDivisionError" in failed.out
    assert "labels.csv and model.safetensors there are from an earlier run" in failed.out
    assert (results / "labels.csv").read_text() == "row,cluster\n1,21\n"
    assert "stopped in code cell 4" in (results / "report.html").read_text()
    write(clone, "your_data", notebook(WORK, FILES, parameters=PARAMETERS))
    assert dkm(clone, "report", "--data", table).code == 0
    assert files(results) == RESULTS


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--label", "weight"], "Name it: --data FILE"),
        (["-k", "3"], "Name it: --data FILE"),
        (["01", "--data", "TABLE"], "Give either --data or names of notebooks (01)"),
        (["your_data", "-p", "data=TABLE"], "are set by the command: dkm report --data FILE"),
        (["your_data", "-p", "folder=x"], "are set by the command"),
        (["--data", "TABLE", "-p", "data=other.csv"], "are set by the command"),
        (
            ["--data", "TABLE", "-k", "3", "-p", "n_clusters=4"],
            "-k and -p n_clusters set the same parameter",
        ),
        (["--data", "TABLE", "-p", "alfa=1"], "your_data has no parameter 'alfa'"),
        (["--data", "TABLE", "-k", "0"], "-k"),
        (["--data", "TABLE", "-k", "many"], "-k"),
        (["--data", "TABLE", "-k", "21"], "n_clusters=21, but X has n_samples=20"),
        (["--data", "TABLE", "--label", "wieght"], "weight"),
        (["--data", "TABLE", "-p", "leave_out=('cost',)"], "cost"),
        (["--data", "none.csv"], "none.csv"),
        (["--data", "notebooks"], "is not a file"),
        (["--data", "/dev/zero"], "is not a file"),
        (["--data", "x" * 300], "File name too long"),
        (["--data", b"\xff.csv".decode(errors="surrogateescape")], "not valid Unicode"),
        (["--data", "pyproject.toml"], "pyproject.toml"),
        (["--data", "TABLE", "--output", "pyproject.toml"], "is a file"),
        (["--data", "TABLE", "--output", "x" * 300], "Name another"),
    ],
)
def test_wrong_use_is_told_before_anything_runs(clone, dkm, table, arguments, words):
    arguments = [each.replace("TABLE", str(table)) for each in arguments]
    called = dkm(clone, "report", *arguments)
    assert called.code == 2
    assert words in called.err
    assert "Traceback" not in called.err
    assert "running" not in called.err
    assert not (clone / "reports").exists()


@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe\x01" * 50, b"PK\x03\x04rubbish", b"a,b\n"])
def test_a_file_that_is_no_table_is_told(clone, dkm, tmp_path, content):
    (tmp_path / "bad.csv").write_bytes(content)
    called = dkm(clone, "report", "--data", tmp_path / "bad.csv")
    assert called.code == 2
    assert "bad.csv" in called.err
    assert "Traceback" not in called.err
    assert not (clone / "reports").exists()


@pytest.mark.thorough
def test_an_odd_name_of_a_file(clone, dkm, tmp_path):
    odd = tmp_path / "it's my {table} (1) ü.csv"
    odd.write_text(TABLE)
    made = dkm(clone, "report", "--data", odd)
    assert made.code == 0, made
    assert files(clone / "reports" / "your_data") == [odd.stem]
    page = (clone / "reports" / "your_data" / odd.stem / "report.html").read_text()
    assert "it&#x27;s my {table} (1) ü.csv" in page


@pytest.mark.thorough
def test_the_committed_table_lends_no_column_to_another(clone, dkm, table, results):
    named = PARAMETERS.replace('label = ""', 'label = "type"')
    work = notebook(WORK, FILES, "label", parameters=named)
    write(clone, "your_data", work)
    dkm(clone, "report", "--data", table)
    last = json.loads((results / "report.ipynb").read_text())["cells"][-1]
    assert "".join(last["outputs"][0]["data"]["text/plain"]) == "''"
    assert "<code>dkm report --data my.csv</code>" in (results / "report.html").read_text()


@pytest.mark.thorough
def test_the_real_notebook_and_its_model_label_the_table(dkm, tmp_path):
    """From a table to labels, and from its model to the same labels for the same rows."""
    pandas = pytest.importorskip("pandas")
    from sklearn.datasets import load_iris

    iris = load_iris(as_frame=True)
    remarks = [f"a private remark on number {i}, which nobody else may read" for i in range(150)]
    frame = iris.data.assign(species=iris.target_names[iris.target], remark=remarks)
    frame.to_csv(tmp_path / "iris.csv", index=False)
    own = Path(__file__).parents[2]
    about = ["--data", tmp_path / "iris.csv", "--label", "species", "--output", tmp_path / "made"]
    made = dkm(own, "report", *about, "-k", "3")
    assert made.code == 0, made
    assert files(tmp_path / "made") == RESULTS
    page = (tmp_path / "made" / "report.html").read_text()
    assert str(tmp_path) not in page
    assert "remark</td>" in page
    kept = b"".join(path.read_bytes() for path in (tmp_path / "made").iterdir())
    assert b"private" not in kept
    again = dkm(tmp_path, "predict", "made/model.safetensors", "iris.csv")
    assert again.code == 0, again
    labels = pandas.read_csv(tmp_path / "made" / "labels.csv")
    predicted = pandas.read_csv(tmp_path / "iris.labels.csv")
    assert (predicted.far == "no").all()
    assert predicted.drop(columns="far").equals(labels)
    assert labels.cluster.nunique() == 3


@pytest.mark.parametrize(("second", "said"), [(0.1, True), (0.9, False), (None, True)])
def test_one_column_alone_is_told_where_no_other_shows_the_clusters(second, said, capsys):
    lesson = nbformat.read(Path(__file__).parents[2] / "notebooks" / "your_data.ipynb", 4)
    (source,) = [cell.source for cell in lesson.cells if cell.id == "verdict-one-column"]
    ranking = [{"column": "income", "explained": 0.97}, {"column": "age", "explained": second}]
    ranking = [each for each in ranking if each["explained"] is not None]
    portrait = SimpleNamespace(ranking=lambda: ranking)
    profiles = SimpleNamespace(profile=lambda table, clusters: portrait)
    exec(source, {"profiles": profiles, "table": None, "clusters": None, "k": 3})
    assert ("One column alone makes these clusters: income" in capsys.readouterr().out) == said


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_stopped_call_leaves_nothing_half_done(clone, start_dkm, table, results, tmp_path):
    slow = "open('begun', 'w').close()\nimport time\ntime.sleep(6000)"
    write(clone, "your_data", notebook(WORK, FILES, slow, parameters=PARAMETERS))
    process = start_dkm(clone, "report", "--data", str(table))
    wait_for(lambda: (clone / "notebooks" / "begun").exists())
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=100)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert files(results) == []
    assert list((tmp_path / "temporary").glob("dkm-*")) == []
