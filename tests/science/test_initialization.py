"""The first centres."""

import numpy as np
import pytest

from dkm import KMeans, datasets
from dkm.kmeans import initialization, lloyd


def points_of(X, weights=None):
    one_block = [slice(0, len(X))]
    return lloyd.prepare(X, weights, lambda function: map(function, one_block))


def potential(X, C):
    return ((X[:, None] - C) ** 2).sum(axis=2).min(axis=1).sum()


def test_rows_are_drawn_in_proportion_to_the_squared_distance():
    X = np.array([[0.0], [1], [3]])  # from 0 the squared distances are 1 and 9
    rng, second = np.random.default_rng(0), []
    points = points_of(X)
    while len(second) < 1000:
        first, other = initialization.plus_plus(points, 2, rng, 1).ravel()
        if first == 0:
            second.append(other)
    share = np.mean(np.array(second) == 3)
    assert abs(share - 0.9) < 4 * np.sqrt(0.9 * 0.1 / 1000)


def test_weights_count_as_rows():
    X = np.array([[0.0], [1], [3]])
    weights = np.array([4.0, 36, 4])  # from 0 now 36 and 36
    rng, second = np.random.default_rng(0), []
    points = points_of(X, weights)
    while len(second) < 200:
        first, other = initialization.plus_plus(points, 2, rng, 1).ravel()
        if first == 0:
            second.append(other)
    assert abs(np.mean(np.array(second) == 3) - 0.5) < 4 * np.sqrt(0.25 / 200)


def test_the_mean_potential_keeps_the_bound_of_the_paper():
    X, k = datasets.load("blobs").X, 4
    best = KMeans(k, random_state=0).fit(X).inertia_
    draws = [
        initialization.plus_plus(points_of(X), k, np.random.default_rng(s), 1) for s in range(200)
    ]
    assert np.mean([potential(X, C) for C in draws]) <= 8 * (np.log(k) + 2) * best


def test_more_candidates_start_lower():
    X = datasets.load("digits").X
    means = []
    for n_candidates in (1, 4):
        rngs = [np.random.default_rng(seed) for seed in range(30)]
        draws = [initialization.plus_plus(points_of(X), 10, rng, n_candidates) for rng in rngs]
        means.append(np.mean([potential(X, C) for C in draws]))
    assert means[1] < 0.95 * means[0]


def test_equal_rows_are_no_obstacle():
    C = initialization.plus_plus(points_of(np.ones((5, 2))), 3, np.random.default_rng(0), 2)
    np.testing.assert_array_equal(C, np.ones((3, 2)))


@pytest.mark.parametrize("weights", [None, np.array([1.0, 0, 1, 0, 1])])
def test_random_rows_are_different_and_count(weights):
    X = np.arange(5.0)[:, None]
    for seed in range(20):
        C = initialization.random_rows(
            points_of(X, weights), 3, np.random.default_rng(seed)
        ).ravel()
        assert len(np.unique(C)) == 3
        assert weights is None or set(C) == {0, 2, 4}
