"""ClusterGAN makes rows from clusters and noise, finds both again, and so clusters real rows."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.exceptions import ConvergenceWarning

from dkm import ClusterGAN, datasets, metrics, networks
from dkm.deep._core.generator_and_critic import with_two_adams
from dkm.deep.cluster_gan import ClusterGANModel

RNG = np.random.default_rng(0)
DIGITS = datasets.load("digits").X[:200]
# 1500 moves of the critic in three seconds; with fewer the clusters have not settled.
BUDGET = {"hidden": (32,), "noise_dim": 2, "epochs": 150, "batch_size": 32, "n_critic": 2}
BUDGET |= {"learning_rate": 0.005, "random_state": 0}
SMALL = {"hidden": (8,), "epochs": 2, "noise_dim": 3, "random_state": 0}
tensor = tf.constant


def model_of(**changes):
    form = {
        "n_clusters": 3,
        "noise_dim": 2,
        "sigma": 0.1,
        "beta_n": 2.0,
        "beta_c": 5.0,
        "n_features": 4,
        "n_critic": 1,
        "penalty_weight": 10.0,
        "network": networks.Dense((6,)),
        "dtype": "float64",
    }
    return with_two_adams(ClusterGANModel(rng=0, **form | changes), 0.01, (0.5, 0.9))


def values(weights):
    return [weight.numpy() for weight in weights]


def blobs(n_samples=300):
    centers = [[2.0, 0, 0], [-1, 2, 0], [0, -2, 1]]
    return make_blobs(n_samples, centers=centers, cluster_std=0.2, random_state=0)


def test_rows_are_made_from_noise_of_sigma_and_from_equally_many_of_each_cluster():
    z = model_of(sigma=0.3, noise_dim=5).draw(6000).numpy()
    assert z.shape == (6000, 8)
    noise, clusters = z[:, :5], z[:, 5:]
    assert noise.std(axis=0) == pytest.approx(0.3, rel=0.04)
    assert np.abs(noise.mean(axis=0)).max() < 0.02
    assert set(clusters.ravel()) == {0, 1}
    assert (clusters.sum(axis=1) == 1).all()
    assert clusters.mean(axis=0) == pytest.approx(1 / 3, abs=0.02)


def test_the_terms_are_what_numpy_computes():
    model, z = model_of(), model_of().draw(7).numpy()
    outputs = RNG.normal(size=(7, 5))
    found = model.terms(tensor(z), tensor(outputs))
    p = np.exp(outputs[:, 2:])
    p /= p.sum(axis=1, keepdims=True)
    code = -np.log(p[np.arange(7), z[:, 2:].argmax(axis=1)]).mean()
    noise = np.mean((z[:, :2] - outputs[:, :2]) ** 2)
    assert float(found["code_loss"]) == pytest.approx(code, rel=1e-12)
    assert float(found["noise_loss"]) == pytest.approx(noise, rel=1e-12)
    fake = tensor(RNG.normal(size=(7, 4)))
    terms = {name: float(each) for name, each in model.terms(z, model.reader(fake)).items()}
    wanted = 2 * terms["noise_loss"] + 5 * terms["code_loss"]
    assert float(model.extra_loss(z, fake)) == pytest.approx(wanted, rel=1e-12)


def test_the_encoder_moves_with_the_generator_and_never_with_the_critic():
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


def test_one_update_of_generator_and_encoder_is_adams_on_their_loss(monkeypatch):
    model, by_hand = model_of(), model_of()
    z = tensor(model.draw(7).numpy())
    monkeypatch.setattr(model, "draw", lambda n: z)
    model.move_generator(7)
    weights = by_hand.generator.trainable_weights + by_hand.reader.trainable_weights
    optimizer = keras.optimizers.Adam(0.01, 0.5, 0.9)
    with tf.GradientTape() as tape:
        fake = by_hand.generator(z)
        loss = by_hand.extra_loss(z, fake) - tf.reduce_mean(by_hand.critic(fake))
    optimizer.apply(tape.gradient(loss, weights), weights)
    moved = model.generator.trainable_weights + model.reader.trainable_weights
    for one, other in zip(values(moved), values(weights), strict=True):
        assert one == pytest.approx(other, abs=1e-6)


def test_no_weight_is_held_twice():
    model = model_of()
    parts = model.generator, model.critic, model.reader
    assert len(model.weights) == sum(len(part.weights) for part in parts)
    assert model.decoder is model.generator


@pytest.fixture(scope="module")
def fitted():
    X, y = blobs()
    return ClusterGAN(3, **BUDGET).fit(X), X, y


def test_the_encoder_finds_cluster_and_noise_of_made_rows(fitted):
    clusterer, *_ = fitted
    assert clusterer.history_["code_accuracy"][-1] > 0.99
    for cluster in range(3):
        rows = clusterer.sample(100, cluster=cluster, random_state=0)
        assert (clusterer.predict(rows) == cluster).mean() > 0.99
    assert clusterer.history_["noise_loss"][-1] < 0.1**2  # that of an encoder which says 0


@pytest.mark.thorough
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_clear_blobs_are_found_within_150_epochs(fitted, seed):
    first, X, y = fitted
    clusterer = first if seed == 0 else clone(first).set_params(random_state=seed).fit(X)
    assert metrics.ari(y, clusterer.labels_) > 0.9
    new, wanted = blobs(500)
    assert metrics.ari(wanted, clusterer.predict(new)) > 0.9


def test_codes_are_noise_and_probabilities_and_the_largest_is_the_cluster(fitted):
    clusterer, X, _ = fitted
    Z = clusterer.transform(X)
    assert Z.shape == (300, 5)
    P = clusterer.predict_proba(X)
    assert np.array_equal(P, Z[:, 2:])
    assert P.sum(axis=1) == pytest.approx(1)
    assert np.array_equal(P.argmax(axis=1), clusterer.labels_)
    assert np.array_equal(clusterer.predict(X), clusterer.labels_)
    assert np.array_equal(clusterer.cluster_centers_, np.hstack([np.zeros((3, 2)), np.eye(3)]))
    outputs = clusterer.model_.reader(X).numpy()
    assert Z[:, :2] == pytest.approx(outputs[:, :2], abs=1e-12)


def test_the_way_from_one_cluster_to_another(fitted):
    clusterer, *_ = fitted
    way = clusterer.interpolate(0, 2, 5)
    ends = clusterer.decode(clusterer.cluster_centers_[[0, 2]])
    assert np.allclose(way[[0, -1]], ends)
    assert clusterer.predict(way)[[0, -1]].tolist() == [0, 2]
    half = clusterer.decode([[0, 0, 0.5, 0, 0.5]])
    assert np.allclose(way[2], half)


def test_history_has_a_value_for_each_epoch():
    history = ClusterGAN(3, **SMALL).fit(DIGITS).history_
    assert {name: len(each) for name, each in history.items()} == dict.fromkeys(
        (
            "critic_loss",
            "generator_loss",
            "penalty",
            "distance",
            "code_accuracy",
            "clusters",
            "code_loss",
            "noise_loss",
        ),
        2,
    )
    assert history["critic_loss"] == pytest.approx(10 * history["penalty"] - history["distance"])


def test_clusters_counts_those_of_real_rows():
    clusterer = ClusterGAN(4, **SMALL).set_params(learning_rate=0, batch_size=200).fit(DIGITS)
    assert clusterer.history_["clusters"].tolist() == [len(set(clusterer.labels_))] * 2
    assert len(set(clusterer.predict(clusterer.sample(200, random_state=0)))) > 1
    with pytest.warns(ConvergenceWarning, match="same code"):  # made rows differ, these do not
        clusterer.fit(DIGITS[:1] + 1e-9 * np.arange(200)[:, None])
    assert clusterer.history_["clusters"].tolist() == [1, 1]


@pytest.mark.thorough
def test_without_its_term_the_code_is_lost():
    X, _ = blobs()
    options = {**BUDGET, "epochs": 40}
    accuracy = [
        ClusterGAN(3, beta_c=beta_c, **options).fit(X).history_["code_accuracy"][-1]
        for beta_c in (0, 10)
    ]
    assert accuracy[0] < 0.7
    assert accuracy[1] > 0.95


def test_clusters_without_rows_are_told():
    X = np.repeat([0.0, 1.0], 100)[:, None] + 1e-6 * np.arange(200)[:, None] * [1, 0]  # two heaps
    with pytest.warns(ConvergenceWarning, match=r"Only \d of n_clusters=5 .* another random_state"):
        ClusterGAN(5, **SMALL).fit(X)


BAD = [
    ({"noise_dim": 0}, ValueError, r"noise_dim=0 is too small"),
    ({"sigma": -1}, ValueError, r"sigma=-1 is out of range"),
    ({"beta_n": np.inf}, ValueError, r"beta_n=inf is out of range"),
    ({"beta_c": "1"}, TypeError, r"beta_c='1' is not a number"),
    ({"n_critic": 0}, ValueError, r"n_critic=0 is too small"),
    ({"penalty_weight": -1}, ValueError, r"penalty_weight=-1 is out of range"),
    ({"betas": (2, 0)}, ValueError, r"betas=\(2, 0\) holds 2, which is not below 1"),
]


@pytest.mark.parametrize(("changes", "error", "words"), BAD)
def test_bad_parameters_are_told_before_training(monkeypatch, changes, error, words):
    monkeypatch.setattr("dkm.deep._core.training.trainer", lambda *_, **__: pytest.fail("it began"))
    with pytest.raises(error, match=words):
        ClusterGAN(3).set_params(**changes).fit(DIGITS)
    with pytest.raises(ValueError, match=r"beta_c=1e\+39 is out of range for float32"):
        ClusterGAN(3, beta_c=1e39).fit(DIGITS.astype(np.float32))


def test_images_may_be_convolved():
    clusterer = ClusterGAN(3, network=networks.Conv((8, 8), (3,)), **SMALL).fit(DIGITS)
    assert isinstance(clusterer.model_.critic.layers[2], keras.layers.Conv2D)
    assert clusterer.sample(4, cluster=1).shape == (4, 64)
