"""The benchmark of deep clusterers trains what it says, and counts its operations."""

import numpy as np
import pytest

from benchmarks import deep_speed, deep_workers
from dkm.deep import deep_kmeans


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(deep_workers, "HIDDEN", (8, 6))


@pytest.fixture
def X():
    return np.random.default_rng(0).uniform(size=(600, 12)).astype("float32")


def test_centres_move_while_clusters_are_trained_and_only_then(X, monkeypatch):
    models = []
    build = deep_kmeans.DKMModel.start_clustering

    def watch(model, *arguments):
        models.append(model)
        build(model, *arguments)

    monkeypatch.setattr(deep_kmeans.DKMModel, "start_clustering", watch)
    phases = deep_workers.dkm(X)
    (model,) = models
    moved = {}
    for phase, run in phases.items():
        centers, weights = model.centers.numpy(), model.encoder.get_weights()
        run(2)
        moved[phase] = (
            bool(np.any(model.centers.numpy() != centers)),
            bool(np.any(model.encoder.get_weights()[0] != weights[0])),
        )
    assert moved == {
        "autoencoder": (False, False),  # another model
        "pretraining": (False, True),
        "clustering": (True, True),
    }
    assert model.optimizer.iterations == 2 * 2 * 3


def test_an_epoch_has_the_operations_of_its_matrix_products():
    sizes = [(12, 8), (8, 6), (6, 10), (10, 6), (6, 8), (8, 12)]
    assert deep_workers.flops(600, 12) == 3 * sum(2 * 600 * a * b for a, b in sizes)


def test_the_first_turn_is_told_apart_and_the_beginner_changes(X, capsys):
    taken = []

    def turn(library):
        taken.append(library)
        others = 0.5 if len(taken) == 4 else 0.0
        return {"seconds": float(len(taken)), "processor_seconds": 1.0, "others": others}

    turns = {
        ("pretraining", library): lambda library=library: turn(library)
        for library in ("dkm", "clustpy")
    }
    measured = deep_speed.rounds_of(turns, rounds=2)
    assert taken == ["dkm", "clustpy", "clustpy", "dkm", "dkm", "clustpy"]
    rows = deep_speed.rows_of(measured, {"dkm": "", "clustpy": ""}, X, 0.5, threads=2)
    found = {(row["library"], row["round"]): (row["seconds"], row["first_seconds"]) for row in rows}
    assert found == {
        ("dkm", 0): (4, 1),
        ("dkm", 1): (5, 1),
        ("clustpy", 0): (3, 2),
        ("clustpy", 1): (6, 2),
    }
    deep_speed.report(rows)
    printed = capsys.readouterr().out
    assert "pretraining of dkm / pretraining of clustpy: 1.08 (0.83 to 1.33)" in printed
    assert "In 1 of 4 turns other programs" in printed
