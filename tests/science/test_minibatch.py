"""MiniBatchKMeans: its update, its limits, and bad input."""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from dkm import KMeans, MiniBatchKMeans, datasets
from dkm.kmeans.minibatch import batch_step


def test_a_batch_is_sculleys_update_point_by_point():
    rng = np.random.default_rng(0)
    X, C, counts = rng.standard_normal((50, 3)), rng.standard_normal((4, 3)), np.arange(4.0)
    labels = ((X[:, None] - C) ** 2).sum(axis=2).argmin(axis=1)
    expected, n = C.copy(), counts.copy()
    for x, k in zip(X, labels, strict=True):
        n[k] += 1
        expected[k] += (x - expected[k]) / n[k]
    centers, new_counts, inertia = batch_step(X, None, C, counts)
    np.testing.assert_allclose(centers, expected, atol=1e-12)
    np.testing.assert_array_equal(new_counts, n)
    np.testing.assert_allclose(inertia, ((X - C[labels]) ** 2).sum())


def test_one_batch_of_everything_without_memory_is_lloyds_turn():
    X = datasets.load("digits").X
    C = X[:10].copy()
    centers, _, _ = batch_step(X, None, C, np.zeros(10))
    lloyd = KMeans(10, init=C, max_iter=1, tol=0).fit(X)
    np.testing.assert_allclose(centers, lloyd.cluster_centers_, atol=1e-12)


def test_integer_weights_repeat_rows():
    rng = np.random.default_rng(1)
    X, C, w = rng.standard_normal((50, 3)), rng.standard_normal((4, 3)), rng.integers(1, 4, 50)
    weighted = batch_step(X, w.astype(float), C, np.ones(4))
    repeated = batch_step(np.repeat(X, w, axis=0), None, C, np.ones(4))
    for a, b in zip(weighted, repeated, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)


def test_an_idle_centre_starts_anew_and_forgets():
    X = np.array([[0.0], [1], [2], [50]])
    centers, counts, _ = batch_step(
        X, None, np.array([[1.0], [1000]]), np.array([5.0, 7]), idle=[1]
    )
    np.testing.assert_allclose(centers[1], 50)
    assert counts[1] == 1
    unmoved, counts, _ = batch_step(X, None, np.array([[1.0], [1000]]), np.array([5.0, 7]))
    assert unmoved[1] == 1000
    assert counts[1] == 7


def test_close_to_kmeans_and_repeatable():
    X = datasets.load("digits").X
    best = KMeans(10, random_state=0).fit(X).inertia_
    fits = [MiniBatchKMeans(10, batch_size=100, random_state=s).fit(X) for s in (0, 0, 1, 2, 3)]
    np.testing.assert_array_equal(fits[0].labels_, fits[1].labels_)
    assert best <= np.mean([model.inertia_ for model in fits[1:]]) < 1.04 * best
    assert fits[0].n_steps_ == 18 * fits[0].n_iter_
    assert len(fits[0].history_["inertia_per_point"]) == fits[0].n_iter_


def test_partial_fit_on_a_stream():
    X = datasets.load("digits").X
    model = MiniBatchKMeans(10, random_state=0)
    for start in range(0, 1700, 100):
        model.partial_fit(X[start : start + 100])
    assert model.n_steps_ == 17
    assert model.counts_.sum() == 1700
    assert -model.score(X) < 1.1 * KMeans(10, random_state=0).fit(X).inertia_


def test_the_number_of_clusters_cannot_change_between_batches():
    X = np.arange(24.0).reshape(12, 2)
    model = MiniBatchKMeans(2, random_state=0).partial_fit(X).set_params(n_clusters=3)
    with pytest.raises(ValueError, match="n_clusters=3, but earlier batches used n_clusters=2"):
        model.partial_fit(X)
    assert len(model.fit(X).cluster_centers_) == 3


def test_fewer_different_rows_than_clusters():
    with pytest.warns(ConvergenceWarning, match="Only 3 of n_clusters=4 clusters have points"):
        MiniBatchKMeans(4, random_state=0).fit(np.repeat(np.eye(3), 5, axis=0))


def test_fit_starts_afresh_after_partial_fit():
    X = datasets.load("digits").X
    model = MiniBatchKMeans(10, random_state=0).partial_fit(X[:200])
    fresh = MiniBatchKMeans(10, random_state=0).fit(X)
    np.testing.assert_array_equal(model.fit(X).cluster_centers_, fresh.cluster_centers_)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"batch_size": 0}, "batch_size=0 is too small"),
        ({"n_init": 1.5}, "n_init=1.5 is not an integer"),
        ({"max_iter": 0}, "max_iter=0 is too small"),
        ({"tol": -1}, "tol=-1 is out of range"),
        ({"n_clusters": 13}, "n_clusters=13, but X has n_samples=12"),
        ({"init": "best"}, "init='best' is unknown"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises((ValueError, TypeError), match=message):
        MiniBatchKMeans(**parameters).fit(np.arange(24.0).reshape(12, 2))
