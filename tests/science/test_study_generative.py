"""The curves of generative clusterers: what was held out, what was looked at, and when."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from dkm import VaDE, datasets, metrics
from dkm.study import generative, protocol, table

pytestmark = pytest.mark.thorough

DIGITS = datasets.load("digits")
SEEN = 1541  # six sevenths
SMALL = {
    "vade": {"batch_size": 128, "learning_rate": 0.01},
    "vade_bernoulli": {"batch_size": 128, "learning_rate": 0.01, "likelihood": "bernoulli"},
    "cluster_gan": {"hidden": (8,), "n_critic": 2},
}


@pytest.fixture(autouse=True)
def small(monkeypatch, tmp_path):
    """Short runs, into a folder of their own."""
    monkeypatch.setattr(protocol, "HIDDEN", (8,))
    monkeypatch.setattr(protocol, "PRETRAIN_EPOCHS", 3)
    for name, run in generative.RUNS.items():
        short = replace(run, epochs=5, every=2, options=SMALL[name])
        monkeypatch.setitem(generative.RUNS, name, short)
    monkeypatch.setattr(generative, "results_folder", lambda: tmp_path)


def run(method, seed=1):
    return generative.main(["--method", method, "--dataset", "digits", "--seed", str(seed)])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("method", generative.RUNS)
def test_the_rows_say_what_the_labels_are(tmp_path, method):
    run(method)
    curve = list(csv.DictReader((tmp_path / "generative.csv").open()))
    labels = np.load(tmp_path / "labels" / f"digits-{method}-1.npz")["labels"]
    (row,) = table.read(tmp_path).values()
    assert [int(each["epoch"]) for each in curve] == [0] * method.startswith("vade") + [2, 4, 5]
    assert len(labels) == 1797
    last = curve[-1]
    for name, score in (("acc", metrics.accuracy), ("nmi", metrics.nmi), ("ari", metrics.ari)):
        assert float(last[name]) == float(row[name])
        assert float(row[name]) == pytest.approx(score(DIGITS.y, labels), abs=1e-5)
        held_out = score(DIGITS.y[SEEN:], labels[SEEN:])
        assert float(last[f"{name}_unseen"]) == pytest.approx(held_out, abs=1e-5)
    assert int(row["n"]) == int(last["n"]) == SEEN
    seconds = [float(each["seconds"]) for each in curve]
    assert 0 < seconds[-3] < seconds[-2] < seconds[-1]
    assert any(last[name] for name in generative.WITHOUT_LABELS)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_looking_changes_nothing():
    _, _, labels = generative.measure("vade", "digits", 1)
    trained = protocol.train_autoencoder(DIGITS.X[:SEEN], 10, 1, "permutation")
    vade = VaDE(10, autoencoder=trained, epochs=5, random_state=1, **SMALL["vade"]).fit(
        DIGITS.X[:SEEN]
    )
    assert np.array_equal(vade.predict(DIGITS.X), labels)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_what_is_there_is_not_measured_again(tmp_path, monkeypatch, capsys):
    run("vade")
    before = (tmp_path / "generative.csv").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(generative, "measure", lambda *_: pytest.fail("measured again"))
        assert run("vade") == 0
    assert "This row already exists." in capsys.readouterr().out
    assert (tmp_path / "generative.csv").read_bytes() == before
    run("vade", 2)
    seeds = [row["seed"] for row in csv.DictReader((tmp_path / "generative.csv").open())]
    assert seeds == ["1"] * 4 + ["2"] * 4


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_row_before_the_training_is_that_of_the_start():
    curve, _, _ = generative.measure("vade", "digits", 1)
    trained = protocol.train_autoencoder(DIGITS.X[:SEEN], 10, 1, "permutation")
    options = SMALL["vade"] | {"autoencoder": trained, "epochs": 0, "random_state": 1}
    start = VaDE(10, **options).fit(DIGITS.X[:SEEN]).predict(DIGITS.X)
    assert curve[0]["acc"] == pytest.approx(metrics.accuracy(DIGITS.y, start), abs=1e-5)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_training_that_ends_early_adds_no_row(tmp_path, monkeypatch):
    broken = replace(generative.RUNS["vade"], options={"learning_rate": 1e30})
    monkeypatch.setitem(generative.RUNS, "vade", broken)
    with pytest.raises(RuntimeError, match="ended before epoch 5, as its warning says"):
        run("vade")
    assert not list(tmp_path.glob("*.csv"))
