"""The study measures what it says, adds whole rows, and goes on where it was interrupted."""

import csv
import subprocess
import sys
import tomllib
from pathlib import Path

import keras
import numpy as np
import pytest
from safetensors.numpy import load

from dkm import IDEC, AutoencoderKMeans, DeepKMeans, datasets, metrics
from dkm.datasets import sources
from dkm.deep._core.training import permutation
from dkm.models import file_format
from dkm.study import __main__ as study
from dkm.study import generative, protocol, table

DIGITS = datasets.load("digits")


@pytest.fixture(autouse=True)
def small(monkeypatch, tmp_path):
    """The protocol in small, and a cache of its own."""
    for name, value in {
        "HIDDEN": (8,),
        "PRETRAIN_EPOCHS": 2,
        "EPOCHS": 2,
        "ANNEALING_EPOCHS": 5,  # 40 steps: one for each value of alpha
    }.items():
        monkeypatch.setattr(protocol, name, value)
    monkeypatch.setattr(sources, "cache", lambda: tmp_path / "cache")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "results"


def run(folder, method, seed=1, *more):
    arguments = ["--method", method, "--dataset", "digits", "--seed", str(seed)]
    return study.main([*arguments, "--results", str(folder), *more])


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("method", protocol.METHODS)
def test_a_row_says_what_its_labels_are(folder, method):
    assert run(folder, method) == 0
    (row,) = csv.DictReader((folder / "study.csv").open())
    labels = np.load(folder / "labels" / f"digits-{method}-1.npz")["labels"]
    assert labels.shape == (1797,)
    for name, score in (("acc", metrics.accuracy), ("nmi", metrics.nmi), ("ari", metrics.ari)):
        assert float(row[name]) == pytest.approx(score(DIGITS.y, labels), abs=1e-5)
    assert int(row["clusters"]) == len(np.unique(labels))
    assert float(row["seconds_clustering"]) > 0
    assert (row["cluster_weight"] != "") == method.startswith(("dkm", "dcn", "idec"))
    assert (row["weight_chosen"] == "by the paper on labels") == method.endswith("tuned")
    assert (row["largest_variance"] != "") == (method != "kmeans")
    assert "" not in [row[name] for name in ("threads", "processor", "keras", "commit")]


@pytest.mark.thorough
def test_methods_of_a_seed_share_one_autoencoder(folder, monkeypatch):
    run(folder, "ae_kmeans")
    monkeypatch.setattr(protocol, "train_autoencoder", lambda *_: pytest.fail("trained again"))
    for method in ("dkm_pretrained", "dcn_pretrained", "dec", "idec", "dekm"):
        run(folder, method)
    rows = list(csv.DictReader((folder / "study.csv").open()))
    (seconds,) = {float(row["seconds_pretraining"]) for row in rows}
    assert len(rows) == 6
    assert seconds > 0


@pytest.mark.thorough
def test_the_name_of_an_autoencoder_hangs_on_all_that_trains_it_and_on_no_method():
    """A change of any other file must not train all of them again."""
    program = (
        "import sys, dkm.deep.autoencoder; print(*sorted(name[9:] "
        "for name in sys.modules if name.startswith('dkm.deep.')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.split() == sorted(protocol.TRAINING), done.stderr


def test_the_largest_variance_is_that_of_the_first_axis(folder):
    run(folder, "ae_kmeans")
    (row,) = csv.DictReader((folder / "study.csv").open())
    options = {"hidden": (8,), "sampler": "independent", "random_state": 1, "pretrain_epochs": 2}
    Z = AutoencoderKMeans(10, **options).fit(DIGITS.X).transform(DIGITS.X)
    wanted = np.linalg.svd(Z - Z.mean(axis=0), compute_uv=False)[0] ** 2 / len(Z)
    assert float(row["largest_variance"]) == pytest.approx(wanted, rel=1e-4)


@pytest.mark.thorough
def test_a_damaged_file_of_the_cache_is_made_again(folder, tmp_path):
    run(folder, "ae_kmeans")
    (path,) = (tmp_path / "cache" / "study").iterdir()
    whole = path.read_bytes()
    for damaged in (b"", whole[: len(whole) // 2], b"no archive"):
        path.write_bytes(damaged)
        run(folder, "ae_kmeans", 1, "--again")
        (_, kept), wanted = file_format.read(path), load(whole)
        assert kept.keys() == wanted.keys()
        for name in wanted:
            assert np.array_equal(kept[name], wanted[name])


def test_a_second_measurement_is_refused(folder):
    def second(*_):
        return subprocess.run(
            [sys.executable, "-m", "dkm.study", *asked], capture_output=True, text=True
        )

    asked = ["--method", "kmeans", "--dataset", "digits", "--seed", "1", "--results", str(folder)]
    answers = []
    with study.alone(folder):
        answers.append(second())
    answers.append(second())
    assert [answer.returncode for answer in answers] == [1, 0]
    assert "Another measurement is running" in answers[0].stderr
    assert "Traceback" not in answers[0].stderr


def test_rows_from_before_a_column_keep_an_empty_place(folder):
    run(folder, "kmeans")
    path = folder / "study.csv"
    header, row = path.read_text().splitlines()
    at = header.split(",").index("load")
    old = [",".join(cell for i, cell in enumerate(t.split(",")) if i != at) for t in (header, row)]
    path.write_text("\n".join(old) + "\n")
    run(folder, "kmeans", 2)
    first, second = csv.DictReader(path.open())
    assert first["load"] == ""
    assert float(second["load"]) >= 0
    assert (first["acc"], first["seed"]) == (row.split(",")[3], "1")


@pytest.mark.thorough
def test_the_row_is_that_of_the_estimator(folder):
    run(folder, "dkm_pretrained")
    options = {"hidden": (8,), "sampler": "independent", "random_state": 1, "pretrain_epochs": 2}
    wanted = DeepKMeans.published(10, epochs=2, **options).fit(DIGITS.X).labels_
    found = np.load(folder / "labels" / "digits-dkm_pretrained-1.npz")["labels"]
    assert np.array_equal(found, wanted)
    run(folder, "idec")
    wanted = IDEC.published(10, epochs=2, **options).fit(DIGITS.X).labels_
    found = np.load(folder / "labels" / "digits-idec-1.npz")["labels"]
    assert np.array_equal(found, wanted)
    weights = {row["method"]: row["cluster_weight"] for row in table.read(folder).values()}
    assert weights == {"dkm_pretrained": "1.0", "idec": "6.4"}
    run(folder, "ae_kmeans_permutation")
    options["sampler"] = "permutation"
    wanted = AutoencoderKMeans(10, **options).fit(DIGITS.X).labels_
    found = np.load(folder / "labels" / "digits-ae_kmeans_permutation-1.npz")["labels"]
    assert np.array_equal(found, wanted)


def test_what_is_there_is_not_measured_again(folder, monkeypatch, capsys):
    run(folder, "kmeans")
    before = (folder / "study.csv").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(study, "measure", lambda *_: pytest.fail("measured again"))
        assert run(folder, "kmeans") == 0
    assert "1 of 1 rows already exist." in capsys.readouterr().out
    assert (folder / "study.csv").read_bytes() == before
    assert run(folder, "kmeans", 1, "--again") == 0
    assert len(table.read(folder)) == 1


def test_an_interruption_leaves_the_table_as_it_was(folder, monkeypatch):
    run(folder, "kmeans")
    before = (folder / "study.csv").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(
            table, "write_atomically", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        with pytest.raises(KeyboardInterrupt):
            run(folder, "kmeans", 2)
    assert (folder / "study.csv").read_bytes() == before
    run(folder, "kmeans", 2)
    assert sorted(seed for _, _, seed in table.read(folder)) == [1, 2]


def test_each_cell_has_a_process_and_failures_are_told(folder, monkeypatch, capsys):
    commands = []

    class Done:
        def __init__(self, command):
            commands.append(command)
            self.returncode = int("mnist" in command)

    monkeypatch.setattr(study.subprocess, "run", Done)
    asked = ["--method", "kmeans", "--dataset", "mnist", "--dataset", "usps", "--seed", "3"]
    assert study.main([*asked, "--results", str(folder)]) == 1
    assert [command[-3] for command in commands] == ["mnist", "usps"]
    assert "Not measured: kmeans on mnist with seed 3." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--method", "dkm"], "No method named 'dkm'"),
        (["--dataset", "mnits"], "Did you mean 'mnist'"),
    ],
)
def test_unknown_names_are_told(arguments, words, capsys):
    with pytest.raises(SystemExit, match="2"):
        study.main(arguments)
    assert words in capsys.readouterr().err


def test_outside_a_clone_it_says_so(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="Run this in a clone"):
        study.main(["--method", "kmeans"])


class Recorder(keras.Model):
    """Writes down which rows each step sees."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def train_step(self, data):
        x, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        self.seen.append(np.ravel(x).tolist())
        return {"loss": keras.ops.zeros(())}


def test_a_seeded_keras_fit_repeats_its_batches_and_ours_does_not():
    """The reason for the "repeated" rows. If it fails, Keras was mended: say so in notebook 05."""
    keras.utils.set_random_seed(0)
    model = Recorder()
    model.compile(run_eagerly=True)
    model.fit(np.arange(12.0)[:, None], batch_size=4, epochs=3, verbose=0)
    epochs = np.reshape(model.seen, (3, 12))
    assert sorted(epochs[0]) == list(range(12))
    assert (epochs == epochs[0]).all()
    rng = np.random.default_rng(0)
    ours = [permutation(12, 4, rng) for _ in range(3)]
    assert len({tuple(order) for order in ours}) == 3


def test_what_the_index_is_to_compare_has_a_name():
    path = Path(__file__).parents[2] / "reports" / "results" / "names.toml"
    names = tomllib.loads(path.read_text(encoding="utf-8"))
    others = {name for name in protocol.METHODS if name.endswith(("_permutation", "_repeated"))}
    assert {*protocol.METHODS, *generative.RUNS} - others <= set(names["methods"])
    assert set(protocol.DATASETS) <= set(names["data"])
