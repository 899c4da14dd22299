"""DEKM against its definition in the basis of eigenvectors, and its turns."""

import numpy as np
import pytest
import tensorflow as tf

from dkm import DEKM, AutoencoderKMeans, KMeans, datasets, networks
from dkm.deep._core import training
from dkm.deep.dekm import DEKMModel, drawn_to_centers, loosest_axis

DIGITS = datasets.load("digits")
RNG = np.random.default_rng(0)
SMALL = {"hidden": (16,), "pretrain_epochs": 3, "batch_size": 100, "random_state": 0}


def squared_distances(codes, centers):
    return ((codes[:, None] - centers) ** 2).sum(axis=2)


def test_the_loosest_axis_is_found_wherever_it_points():
    turned = np.linalg.qr(RNG.standard_normal((4, 4)))[0]
    noise = RNG.standard_normal((500, 4)) * [2, 1, 9, 3]
    centers = 100 * RNG.standard_normal((500, 4))
    axis = loosest_axis(centers + noise @ turned.T, centers)
    assert abs(axis @ turned[:, 2]) == pytest.approx(1, abs=1e-2)


def test_targets_are_the_papers_in_the_basis_of_eigenvectors():
    Z, own = RNG.standard_normal((30, 4)), RNG.standard_normal((3, 4))[RNG.integers(3, size=30)]
    V = np.linalg.svd(Z - own)[2][::-1].T  # the last axis is the loosest
    Y, M = Z @ V, own @ V
    Y[:, -1] = M[:, -1]
    assert np.allclose(drawn_to_centers(Z, own) @ V, Y, atol=1e-12)


def test_renew_goes_on_from_the_centres_and_the_loss_leads_to_the_targets():
    X = RNG.random((60, 6))
    form = {"network": networks.Dense((5,)), "n_features": 6, "latent_dim": 3, "dtype": "float64"}
    model = training.with_adam(DEKMModel(4, rng=RNG, **form))
    model.allocate_target(60, 3)
    Z = model.encoder(X).numpy()
    model.start_clustering(Z[:4], 1.0)
    labels = model.renew(X)
    wanted = KMeans(4, init=Z[:4]).fit(Z)
    assert np.array_equal(labels, wanted.labels_)
    assert np.allclose(model.centers.numpy(), wanted.cluster_centers_)
    own = wanted.cluster_centers_[labels]
    targets = drawn_to_centers(Z, own)
    assert np.allclose(model.target.numpy(), targets)
    rows = np.array([3, 8, 51])
    loss = model.cluster_loss(tf.constant(Z[rows]), tf.constant(rows))
    moved = (((Z - own) @ loosest_axis(Z, own)) ** 2)[rows]
    assert float(loss) == pytest.approx(moved.mean(), rel=1e-9)


def test_it_leaves_the_decoder_alone_and_stops_by_its_tolerance():
    pretrained = AutoencoderKMeans(5, **SMALL).fit(DIGITS.X)
    clusterer = DEKM(5, update_interval=20, tol=0.02, epochs=200, **SMALL).fit(DIGITS.X)
    assert np.array_equal(clusterer.history_["pretrain_loss"], pretrained.history_["pretrain_loss"])
    before, after = pretrained.autoencoder_, clusterer.autoencoder_
    same = [np.array_equal(a, b) for a, b in zip(before.weights, after.weights, strict=True)]
    assert same == [False] * 4 + [True] * 4
    changed = clusterer.history_["changed"]
    assert changed[-1] < 0.02
    assert (changed[:-1] >= 0.02).all()
    assert int(clusterer.model_.optimizer.iterations) == 54 + 20 * len(changed)
    assert clusterer.model_.target is None


@pytest.mark.thorough
def test_codes_come_nearer_to_centres_that_are_those_of_k_means():
    """What the method is for."""
    options = {"hidden": (128, 64), "batch_size": 128, "random_state": 0}
    start = AutoencoderKMeans(10, pretrain_epochs=30, **options).fit(DIGITS.X)
    after = DEKM(10, autoencoder=start.autoencoder_, epochs=30, tol=0, **options).fit(DIGITS.X)

    def unexplained(clusterer):
        """Share of the code's variance that is within clusters."""
        Z = clusterer.transform(DIGITS.X)
        within = squared_distances(Z, clusterer.cluster_centers_).min(axis=1).sum()
        return within / ((Z - Z.mean(axis=0)) ** 2).sum()

    assert unexplained(after) < 0.75 * unexplained(start)
    Z = after.transform(DIGITS.X)
    for k in range(10):
        assert np.allclose(Z[after.labels_ == k].mean(axis=0), after.cluster_centers_[k], atol=0.02)
