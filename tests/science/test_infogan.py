"""InfoGAN's bound lies where theory says, and its reader tells the clusters of real rows."""

import warnings

import numpy as np
import pytest
import tensorflow as tf
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.exceptions import ConvergenceWarning

from dkm import InfoGAN, datasets, metrics, networks
from dkm.deep._core.generator_and_critic import with_two_adams
from dkm.deep.infogan import InfoGANModel

RNG = np.random.default_rng(0)
DIGITS = datasets.load("digits").X[:200]
# 2400 moves of each player in a few seconds; with fewer the clusters have not settled.
BUDGET = {"hidden": (32,), "noise_dim": 2, "epochs": 240, "batch_size": 32}
BUDGET |= {"learning_rate": 0.002, "random_state": 0}
SMALL = {"hidden": (8,), "epochs": 2, "noise_dim": 3, "random_state": 0}
tensor = tf.constant


def model_of(**changes):
    form = {"n_clusters": 3, "noise_dim": 2, "information_weight": 2.0, "n_features": 4}
    form |= {"network": networks.Dense((6,)), "dtype": "float64"}
    return with_two_adams(InfoGANModel(rng=0, **form | changes), 0.01, (0.5, 0.9))


def values(weights):
    return [weight.numpy() for weight in weights]


def blobs(n_samples=300):
    centers = [[2.0, 0, 0], [-1, 2, 0], [0, -2, 1]]
    return make_blobs(n_samples, centers=centers, cluster_std=0.2, random_state=0)


@pytest.mark.parametrize("n_clusters", [1, 2, 10])
def test_the_bound_ends_at_0_and_at_log_k(n_clusters):
    model = model_of(n_clusters=n_clusters)
    z = model.draw(50)

    def information(outputs):
        return float(model.terms(z, tensor(outputs))["information"])

    assert information(np.full((50, n_clusters), 7.0)) == pytest.approx(0, abs=1e-14)
    sure = 1000 * z.numpy()[:, 2:]
    assert information(sure) == pytest.approx(np.log(n_clusters), abs=1e-14)
    for _ in range(20):
        assert information(RNG.normal(size=(50, n_clusters))) <= np.log(n_clusters)


def test_the_bound_is_below_the_information_and_tight_at_the_posterior():
    """Two clusters, three rows: everything can be counted."""
    p = np.array([[0.6, 0.3, 0.1], [0.1, 0.2, 0.7]])  # of each row, given the cluster
    counts = (100 * p).round().astype(int)
    clusters = np.repeat([0, 0, 0, 1, 1, 1], counts.ravel())
    rows = np.concatenate([np.repeat(np.arange(3), each) for each in counts])
    z = np.hstack([np.zeros((200, 2)), np.eye(2)[clusters]])
    model = model_of(n_clusters=2)

    def bound(q):
        outputs = np.log(q)[rows]
        return float(model.terms(tensor(z), tensor(outputs))["information"])

    posterior = (p / p.sum(axis=0)).T
    information = (p / 2 * np.log(p / p.mean(axis=0))).sum()
    assert bound(posterior) == pytest.approx(information, rel=1e-12)
    for _ in range(20):
        q = RNG.dirichlet([1, 1], size=3)
        assert bound(q) < information


def test_what_generator_and_reader_lower_besides_the_game():
    model = model_of(information_weight=2.0)
    z, fake = model.draw(7), tensor(RNG.normal(size=(7, 4)))
    outputs = model.reader(fake).numpy()
    q = np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)
    chosen = z.numpy()[:, 2:].astype(bool)
    wanted = -2 * (np.log(q[chosen]).mean() + np.log(3))
    assert float(model.extra_loss(z, fake)) == pytest.approx(wanted, rel=1e-12)


def test_rows_are_made_from_normal_noise_and_from_equally_many_of_each_cluster():
    z = model_of(noise_dim=5).draw(6000).numpy()
    assert z.shape == (6000, 8)
    assert z[:, :5].std(axis=0) == pytest.approx(1, rel=0.04)
    assert (z[:, 5:].sum(axis=1) == 1).all()
    assert z[:, 5:].mean(axis=0) == pytest.approx(1 / 3, abs=0.02)


def test_the_reader_moves_with_the_generator_and_never_with_the_discriminator():
    model, x = model_of(), tensor(RNG.normal(size=(5, 4)))
    parts = model.generator, model.critic, model.reader

    def moved(step):
        before = [values(part.trainable_weights) for part in parts]
        step()
        after = [values(part.trainable_weights) for part in parts]
        return [
            any(not np.array_equal(a, b) for a, b in zip(*each, strict=True))
            for each in zip(before, after, strict=True)
        ]

    assert moved(lambda: model.move_critic(x)) == [False, True, False]
    assert moved(lambda: model.move_generator(5)) == [True, False, True]
    assert len(model.weights) == sum(len(part.weights) for part in parts)


@pytest.fixture(scope="module")
def fitted():
    X, y = blobs()
    return InfoGAN(3, **BUDGET).fit(X), X, y


def test_the_reader_finds_the_cluster_of_made_rows(fitted):
    clusterer, *_ = fitted
    history = clusterer.history_
    assert history["code_accuracy"][-1] > 0.99
    assert history["information"].max() <= np.log(3)
    assert history["information"][-1] > 0.95 * np.log(3)
    for cluster in range(3):
        rows = clusterer.sample(100, cluster=cluster, random_state=0)
        assert (clusterer.predict(rows) == cluster).mean() > 0.99


@pytest.mark.thorough
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_clear_blobs_are_found_within_240_epochs(fitted, seed):
    first, X, y = fitted
    clusterer = first if seed == 0 else clone(first).set_params(random_state=seed).fit(X)
    assert metrics.ari(y, clusterer.labels_) > 0.9
    new, wanted = blobs(500)
    assert metrics.ari(wanted, clusterer.predict(new)) > 0.9
    means = np.array([X[clusterer.labels_ == cluster].mean(axis=0) for cluster in range(3)])
    for cluster in range(3):  # what is made from a cluster lies where its rows are
        made = clusterer.sample(200, cluster=cluster, random_state=0).mean(axis=0)
        assert np.linalg.norm(means - made, axis=1).argmin() == cluster


def test_codes_are_probabilities_and_the_largest_is_the_cluster(fitted):
    clusterer, X, _ = fitted
    Z = clusterer.transform(X)
    assert Z.shape == (300, 3)
    assert Z.sum(axis=1) == pytest.approx(1)
    assert np.array_equal(clusterer.predict_proba(X), Z)
    assert np.array_equal(Z.argmax(axis=1), clusterer.labels_)
    assert np.array_equal(clusterer.predict(X), clusterer.labels_)
    assert np.array_equal(clusterer.cluster_centers_, np.eye(3))


def test_decoding_is_making_rows_with_noise_0(fitted):
    clusterer, *_ = fitted
    wanted = clusterer.model_.generator(np.hstack([np.zeros((3, 2)), np.eye(3)])).numpy()
    assert np.allclose(clusterer.decode(np.eye(3)), wanted, rtol=1e-12, atol=1e-12)
    assert np.allclose(clusterer.interpolate(0, 2, 3)[[0, 2]], wanted[[0, 2]])
    rows = clusterer.sample(50, cluster=1, random_state=0)
    assert (rows.std(axis=0) > 0.01).all()  # samples have noise


@pytest.mark.thorough
def test_without_the_information_the_cluster_is_lost():
    X, _ = blobs()
    options = {**BUDGET, "epochs": 60}
    information = [
        InfoGAN(3, information_weight=w, **options).fit(X).history_["information"][-1]
        for w in (0, 1)
    ]
    assert information[0] < 0.1
    assert information[1] > 0.7


def test_history_has_a_value_for_each_epoch():
    history = InfoGAN(3, **SMALL).fit(DIGITS).history_
    names = "critic_loss", "generator_loss", "accuracy", "code_accuracy", "clusters", "information"
    assert {name: len(each) for name, each in history.items()} == dict.fromkeys(names, 2)


def test_clusters_without_rows_are_told():
    X = np.repeat([0.0, 1.0], 100)[:, None] + 1e-6 * np.arange(200)[:, None] * [1, 0]  # two heaps
    with pytest.warns(ConvergenceWarning, match=r"Only \d of n_clusters=5 .* another random_state"):
        InfoGAN(5, **SMALL).fit(X)


@pytest.mark.thorough
def test_a_discriminator_that_wins_is_told():
    X = 20 + 0.1 * RNG.standard_normal((64, 10))  # far from where the generator can be soon
    options = {"epochs": 60, "batch_size": 8, "learning_rate": 0.002}
    with pytest.warns(ConvergenceWarning, match=r"discriminator has won: .* Try a lower learning"):
        InfoGAN(1, hidden=(16,), noise_dim=16, betas=(0.5, 0.9), random_state=0, **options).fit(X)


def test_a_single_cluster_is_no_collapse():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "The generator gets only")
        assert InfoGAN(1, **SMALL).fit_predict(DIGITS).tolist() == [0] * 200


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"noise_dim": 0}, r"noise_dim=0 is too small"),
        ({"information_weight": -1}, r"information_weight=-1 is out of range"),
        ({"information_weight": 1e39}, r"information_weight=1e\+39 is out of range for float32"),
    ],
)
def test_bad_parameters_are_told_before_training(monkeypatch, changes, words):
    monkeypatch.setattr("dkm.deep._core.training.trainer", lambda *_, **__: pytest.fail("it began"))
    with pytest.raises(ValueError, match=words):
        InfoGAN(3).set_params(**changes).fit(DIGITS.astype(np.float32))
