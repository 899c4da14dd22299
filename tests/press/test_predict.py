"""`dkm predict`: labels for new rows, from outside."""

import csv
import io
import subprocess
import sys

import numpy as np
import pytest

from dkm import KMeans, datasets, models
from dkm.models import predict

HEADER = "shop,size,price,kind\n"
FIRST = HEADER + "".join(
    f"shop {i},{10 * (i % 3) + i % 2},{100 - 30 * (i % 3) + i % 5},{'red' if i % 3 else 'blue'}\n"
    for i in range(60)
)


@pytest.fixture
def model(tmp_path):
    (tmp_path / "first.csv").write_text(FIRST)
    data = datasets.load(tmp_path / "first.csv")
    kmeans = KMeans(3, random_state=0).fit(data.X)
    path = tmp_path / "model.safetensors"
    models.save(path, kmeans, data.recipe, predict.reach(kmeans, data.X))
    return path


@pytest.fixture
def new(tmp_path):
    path = tmp_path / "new.csv"
    path.write_text(HEADER + "a,10,70,red\nb,0,100,blue\nc,900,70,red\n")
    return path


def read(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_new_rows_get_cluster_distance_and_a_flag(dkm, tmp_path, model, new):
    done = dkm(tmp_path, "predict", model, new)
    assert done.code == 0, done
    assert "3 rows:" in done.out
    assert "cluster was made from (far = yes): 1 row. Look at these" in done.out
    assert "Written to new.labels.csv" in done.out
    rows = read((tmp_path / "new.labels.csv").read_text())
    assert list(rows[0]) == ["row", "name", "cluster", "distance", "far"]
    assert [row["row"] for row in rows] == ["1", "2", "3"]
    assert [row["name"] for row in rows] == ["a", "b", "c"]
    assert [row["far"] for row in rows] == ["no", "no", "yes"]
    assert rows[0]["cluster"] != rows[1]["cluster"]
    assert float(rows[2]["distance"]) > float(rows[0]["distance"])


def test_the_rows_of_the_first_table_are_labelled_as_they_were(dkm, tmp_path, model):
    done = dkm(tmp_path, "predict", "model.safetensors", "first.csv")
    rows = read((tmp_path / "first.labels.csv").read_text())
    kmeans = models.load(model).estimator
    X = datasets.load(tmp_path / "first.csv").X
    assert [int(row["cluster"]) for row in rows] == kmeans.predict(X).tolist()
    nearest = kmeans.transform(X).min(axis=1)
    assert np.allclose([float(row["distance"]) for row in rows], nearest, rtol=1e-4, atol=1e-5)
    assert "Farther" not in done.out
    assert {row["far"] for row in rows} == {"no"}


def test_a_row_is_labelled_alike_alone_and_among_others(dkm, tmp_path, model):
    (tmp_path / "one.csv").write_text("".join(FIRST.splitlines(keepends=True)[:2]))
    one = read(dkm(tmp_path, "predict", model, "one.csv", "--output", "-").out)
    all_ = read(dkm(tmp_path, "predict", model, "first.csv", "--output", "-").out)
    assert one == all_[:1]


def test_to_standard_output_goes_the_table_and_nothing_else(dkm, tmp_path, model, new):
    done = dkm(tmp_path, "predict", model, new, "--output", "-")
    assert done.code == 0
    assert done.out.splitlines()[0] == "row,name,cluster,distance,far"
    assert len(done.out.splitlines()) == 4
    assert "3 rows:" in done.err
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "first.csv",
        "model.safetensors",
        "new.csv",
    ]


def test_what_is_new_in_the_table_is_told(dkm, tmp_path, model, new):
    new.write_text("colour,kind,price,size,shop\n1,green,,7,d\n2,red,70,10,e\n")
    done = dkm(tmp_path, "predict", model, new)
    assert done.code == 0, done
    for words in ("colour", "green", "price"):
        assert words in done.out


def test_no_file_is_ever_replaced(dkm, tmp_path, model, new):
    (tmp_path / "new.labels.csv").write_text("mine")
    for arguments in (
        [],
        ["--output", "new.csv"],
        ["--output", "new.labels.csv"],
        ["--output", "."],
    ):
        refused = dkm(tmp_path, "predict", model, new, *arguments)
        assert refused.code == 2
        assert "already exists. Delete it, or name another file: --output FILE." in refused.err
    assert (tmp_path / "new.labels.csv").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none.safetensors", "new.csv"], "none.safetensors does not exist"),
        (["new.csv", "model.safetensors"], "new.csv is not a model file of dkm"),
        ([".", "new.csv"], "is not a file"),
        (["x" * 300, "new.csv"], "File name too long"),
        (["model.safetensors", "none.csv"], "none.csv"),
        (["model.safetensors", "."], "is not a file"),
        (["model.safetensors", "/dev/zero"], "is not a file"),
        (["model.safetensors", "x" * 300], "File name too long"),
        (["model.safetensors", "new.csv", "--output", "new.csv/x"], "cannot be written"),
        (["model.safetensors", "new.csv", "--output", "x" * 300], "cannot be written"),
        (["model.safetensors", "other.csv"], "size"),
        (["model.safetensors", "empty.csv"], "empty.csv"),
        (["model.safetensors", "rubbish.csv"], "rubbish.csv"),
        (
            ["bare.safetensors", "new.csv"],
            "bare.safetensors was saved without the recipe of a table",
        ),
        (["cut.safetensors", "new.csv"], "cut.safetensors is incomplete or damaged"),
        (["model.safetensors"], "Missing argument 'TABLE'"),
    ],
)
def test_wrong_use_is_told_in_words(dkm, tmp_path, model, new, arguments, words):
    (tmp_path / "other.csv").write_text("a,b\n1,2\n3,4\n")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "rubbish.csv").write_bytes(b"\x00\xff\xfe\x01" * 50)
    (tmp_path / "cut.safetensors").write_bytes(model.read_bytes()[:900])
    models.save(tmp_path / "bare.safetensors", models.load(model).estimator)
    before = sorted(tmp_path.iterdir())
    called = dkm(tmp_path, "predict", *arguments)
    assert called.code == 2
    assert words in called.err
    assert "Traceback" not in called.out + called.err
    assert sorted(tmp_path.iterdir()) == before


def test_a_reader_that_stops_early_is_no_error(tmp_path, model):
    lines = FIRST.splitlines(keepends=True)
    (tmp_path / "long.csv").write_text(lines[0] + "".join(lines[1:]) * 500)
    command = (
        f"{sys.executable} -m dkm.cli predict model.safetensors long.csv --output - | head -n 2"
    )
    done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True)
    assert len(done.stdout.splitlines()) == 2
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
