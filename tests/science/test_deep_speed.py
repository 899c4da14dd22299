"""The benchmark of deep clusterers trains what it says, and counts its operations."""

import numpy as np
import pytest

from benchmarks import deep_speed, deep_workers
from dkm.deep import deep_kmeans
from dkm.deep.dcn import DCNModel
from dkm.deep.dec import DECModel, StudentModel
from dkm.deep.vade import VaDEModel


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
    for phase in ("autoencoder", "pretraining", "clustering"):
        run, centers = phases[phase], model.centers.numpy()
        weights = model.encoder.get_weights()
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


@pytest.mark.parametrize(
    ("phase", "kind"),
    [("dcn", DCNModel), ("dec", DECModel), ("idec", StudentModel), ("vade", VaDEModel)],
)
def test_each_method_trains_what_it_says(X, phase, kind, monkeypatch):
    models, start = [], kind.start_clustering

    def watch(model, *arguments):
        start(model, *arguments)
        models.append((model, [weight.numpy() for weight in model.weights]))

    monkeypatch.setattr(kind, "start_clustering", watch)
    run = deep_workers.dkm(X)[phase]
    (model, before) = next(each for each in models if type(each[0]) is kind)
    run(2)
    moved = {
        weight.path
        for weight, old in zip(model.weights, before, strict=True)
        if not np.array_equal(weight.numpy(), old)
    }
    layers = {"encoder_0", "encoder_1", "code"}
    assert {f"{name}/kernel" for name in layers} < moved
    assert ("reconstruction/kernel" in moved) == (phase != "dec")
    assert any(path.endswith("centers") for path in moved)
    # three steps an epoch; the target of the first step is there
    assert int(model.optimizer.iterations) == 2 * 3
    if phase == "vade":
        assert {"log_variance/kernel", "model/log_variances", "model/logits"} < moved
    elif phase != "dcn":
        assert np.allclose(model.target.numpy().sum(axis=1), 1, atol=1e-6)


def test_an_epoch_has_the_operations_of_its_matrix_products():
    sizes = [(12, 8), (8, 6), (6, 10), (10, 6), (6, 8), (8, 12)]
    forwards = [2 * 600 * a * b for a, b in sizes]
    assert deep_workers.flops(600, 12) == 3 * sum(forwards)
    for phase in ("autoencoder", "pretraining", "clustering", "idec"):
        assert deep_workers.flops_of(phase, 600, 12) == 3 * sum(forwards)
    assert deep_workers.flops_of("dcn", 600, 12) == 3 * sum(forwards) + sum(forwards[:3])
    assert deep_workers.flops_of("dec", 600, 12) == 3 * sum(forwards[:3])
    assert deep_workers.flops_of("vade", 600, 12) == 3 * (sum(forwards) + 2 * 600 * 6 * 10)


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
    measured = deep_speed.run_rounds(turns, rounds=2)
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
