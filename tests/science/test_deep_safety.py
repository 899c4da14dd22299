"""The benchmark that compares a default with its own start, and the one of forty steps."""

import csv

import numpy as np
import pytest

from benchmarks import deep_first_steps, deep_safety
from benchmarks import results as stored
from dkm import AutoencoderKMeans, DeepKMeans, datasets, metrics

DIGITS = datasets.load("digits")
X, Y = DIGITS.X[:300].astype(np.float32), DIGITS.y[:300]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    given = AutoencoderKMeans(10, hidden=(16,), pretrain_epochs=3, random_state=0).fit(X)
    monkeypatch.setattr(stored, "RESULTS", tmp_path / "reports" / "results")
    for module in (deep_safety, deep_first_steps):
        monkeypatch.setattr(module, "data", lambda name: (X, Y))
        monkeypatch.setattr(module, "autoencoder", lambda *_: given.autoencoder_)
    return tmp_path / "reports" / "results", given


def test_a_row_has_the_start_and_the_end_and_is_measured_once(folder, capsys, monkeypatch):
    results, given = folder
    deep_safety.measure("mnist_test", 0, ["dkm"])
    (row,) = csv.DictReader((results / deep_safety.TABLE).open())
    start = AutoencoderKMeans(10, autoencoder=given.autoencoder_, random_state=0).fit(X)
    end = DeepKMeans(10, autoencoder=given.autoencoder_, random_state=0).fit(X)
    assert float(row["acc_start"]) == pytest.approx(metrics.accuracy(Y, start.labels_), abs=1e-5)
    assert float(row["acc"]) == pytest.approx(metrics.accuracy(Y, end.labels_), abs=1e-5)
    assert row["converged"] == str(end.converged_)
    monkeypatch.setattr(deep_safety, "data", lambda name: pytest.fail("measured again"))
    deep_safety.measure("mnist_test", 0, ["dkm"])
    deep_safety.compare(stored.read_rows(deep_safety.TABLE))
    gain = 100 * (float(row["acc"]) - float(row["acc_start"]))
    assert f"mnist_test dkm  ; acc {gain:+.1f}, worst {gain:+.1f}" in capsys.readouterr().out


def test_the_first_look_is_at_the_start(folder, monkeypatch):
    results, _ = folder
    monkeypatch.setattr(deep_first_steps, "LOOKS", (0, 2))
    monkeypatch.setattr(deep_first_steps, "BATCH_SIZE", 100)
    monkeypatch.setattr("sys.argv", ["deep_first_steps"])
    deep_first_steps.main()
    rows = list(csv.DictReader((results / deep_first_steps.TABLE).open()))
    assert [(row["loss"], row["step"]) for row in rows] == [
        (loss, step) for loss in ("published", "default") for step in ("0", "2")
    ]
    for first, later in (rows[:2], rows[2:]):
        assert float(first["changed"]) == 0
        assert first["code_variance"] != later["code_variance"]
    assert rows[0]["code_variance"] == rows[2]["code_variance"]
