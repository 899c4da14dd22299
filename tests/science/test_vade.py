"""Variational Deep Embedding: its bound against SciPy, sampling and calculus, and what it finds."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import log_softmax, logsumexp, softmax
from scipy.stats import multivariate_normal, norm
from sklearn.exceptions import ConvergenceWarning

from dkm import AutoencoderKMeans, VaDE, datasets, deep, metrics, networks
from dkm.deep import vade
from dkm.deep._core import training
from dkm.deep.vade import PARTS, VaDEModel, divergences, first_mixture, log_joint

DIGITS = datasets.load("digits").X[:300]
SMALL = {"hidden": (8,), "pretrain_epochs": 2, "epochs": 2, "random_state": 0}
RNG = np.random.default_rng(0)
PI = np.array([0.7, 0.2, 0.1])
MU, VARIANCE = RNG.standard_normal((3, 4)), RNG.uniform(0.3, 2, (3, 4))
MIXTURE = np.log(PI), MU, np.log(VARIANCE)
X = RNG.random((9, 6))
NOISE = RNG.standard_normal((9, 4))


def by_scipy(z, weights=PI):
    """log pi_c + log N(z; mu_c, sigma_c^2), shape (B, k)."""
    parts = [
        np.log(pi) + multivariate_normal(mu, np.diag(variance)).logpdf(z)
        for pi, mu, variance in zip(weights, MU, VARIANCE, strict=True)
    ]
    return np.stack(parts, axis=-1)


def built(likelihood="gaussian", n_clusters=3, output="linear", hidden=(5,)):
    """A small model that has started, with random weights everywhere."""
    form = {"network": networks.Dense(hidden, output), "n_features": 6, "latent_dim": 4}
    rng = np.random.default_rng(1)
    learns = likelihood == "gaussian"
    model = VaDEModel(n_clusters, likelihood, learns, rng=rng, dtype="float64", **form)
    training.with_adam(model)
    model.start_clustering(PI[:n_clusters], MU[:n_clusters], VARIANCE[:n_clusters], 0.3)
    for weight in model.posterior.weights:
        weight.assign(weight + 0.3 * rng.standard_normal(weight.shape))
    return model


def test_the_weight_of_a_cluster_counts_once():
    z = 2 * RNG.standard_normal((50, 4))
    found = log_joint(tf.constant(z), *map(tf.constant, MIXTURE)).numpy()
    assert np.allclose(found, by_scipy(z), rtol=1e-12)
    # once for each dimension of the code, as in the authors' code, is another posterior
    published = softmax(by_scipy(z, PI**4), axis=1)
    assert np.abs(softmax(found, axis=1) - published).max() > 0.3


def test_the_divergence_is_what_sampling_finds():
    mean, variance = np.array([[0.5, -1, 0.2, 1]]), np.array([[0.2, 0.5, 1, 0.1]])
    found = divergences(*map(tf.constant, (mean, np.log(variance), *MIXTURE[1:]))).numpy()[0]
    z = mean + np.sqrt(variance) * RNG.standard_normal((200_000, 4))
    q = norm(mean, np.sqrt(variance)).logpdf(z).sum(axis=1)
    terms = q[:, None] - (by_scipy(z) - np.log(PI))
    error = terms.std(axis=0) / np.sqrt(len(z))
    assert (np.abs(terms.mean(axis=0) - found) < 4 * error).all()
    assert (error < 0.01 * found).all()
    itself = divergences(*map(tf.constant, (MU, MIXTURE[2], MU, MIXTURE[2]))).numpy()
    assert np.allclose(np.diag(itself), 0, atol=1e-14)
    assert (itself[~np.eye(3, dtype=bool)] > 0.1).all()


def test_the_bound_over_clusters_is_tight_at_the_posterior_and_nowhere_above():
    z = RNG.standard_normal((50, 4))
    joint = log_joint(tf.constant(z), *map(tf.constant, MIXTURE)).numpy()
    log_posterior = built().log_shares(tf.constant(z)).numpy()

    def bound(log_shares):
        return (np.exp(log_shares) * (joint - log_shares)).sum(axis=1)

    marginal = logsumexp(by_scipy(z), axis=1)
    assert np.allclose(bound(log_posterior), marginal, rtol=0, atol=1e-12)
    for _ in range(20):
        assert (bound(log_softmax(RNG.standard_normal((50, 3)), axis=1)) < marginal).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("variance", [1.0, 1e-6])
def test_shares_sum_to_one_far_away(dtype, variance):
    form = {"network": networks.Dense((5,)), "n_features": 6, "latent_dim": 4, "dtype": dtype}
    model = VaDEModel(3, "gaussian", True, **form)
    model.start_clustering(PI, MU, np.full((3, 4), variance), 1.0)
    z = 1e3 * RNG.choice([-1, 1], (50, 4))
    shares = np.exp(model.log_shares(tf.constant(z, dtype)).numpy())
    assert np.abs(shares.sum(axis=1) - 1).max() < 1e-6
    # the nearest is known, where adding 1e-10 to each would make all alike
    assert np.array_equal(shares.argmax(axis=1), by_distance(z).argmin(axis=1))


def by_distance(z):
    return ((z[:, None] - MU) ** 2).sum(axis=2)


@pytest.mark.parametrize("likelihood", ["gaussian", "bernoulli"])
def test_the_loss_is_minus_the_bound_by_scipy(likelihood):
    model = built(likelihood, output="sigmoid")
    mean, log_variance = (each.numpy() for each in model.posterior(X))
    assert np.array_equal(mean, model.encoder(X).numpy())
    z = mean + np.exp(log_variance / 2) * NOISE
    restored = model.decoder(z).numpy()
    if likelihood == "gaussian":
        surprise = -norm(restored, np.sqrt(0.3)).logpdf(X).sum(axis=1)
    else:
        surprise = -(X * np.log(restored) + (1 - X) * np.log(1 - restored)).sum(axis=1)
    gamma = softmax(by_scipy(z), axis=1)
    # E_q log q(z|x), and E_q log p(z|c): minus the squares' means
    negentropy = -0.5 * (np.log(2 * np.pi) + 1 + log_variance).sum(axis=1)
    squares = (np.exp(log_variance)[:, None] + (mean[:, None] - MU) ** 2) / VARIANCE
    expected = -0.5 * (np.log(2 * np.pi * VARIANCE) + squares).sum(axis=2)
    kl = negentropy - (gamma * (expected + np.log(PI) - np.log(gamma))).sum(axis=1)
    losses, parts, shares = model.minus_bound(tf.constant(X), tf.constant(NOISE))
    assert np.allclose(losses, surprise + kl, rtol=1e-12)
    assert np.allclose(parts["reconstruction"], surprise, rtol=1e-12)
    assert np.allclose(parts["autoencoder_loss"], ((X - restored) ** 2).sum(axis=1), rtol=1e-12)
    assert np.allclose(parts["entropy"], -(gamma * np.log(gamma)).sum(axis=1), rtol=1e-11)
    assert np.allclose(shares, gamma, rtol=1e-11)
    assert tuple(parts) == PARTS


def test_one_standard_cluster_is_the_variational_autoencoder():
    model = built(n_clusters=1)
    model.start_clustering(np.ones(1), np.zeros((1, 4)), np.ones((1, 4)), 0.3)
    _, parts, shares = model.minus_bound(tf.constant(X), tf.constant(NOISE))
    mean, log_variance = (each.numpy() for each in model.posterior(X))
    wanted = 0.5 * (np.exp(log_variance) + mean**2 - 1 - log_variance).sum(axis=1)
    assert np.allclose(parts["kl_code"], wanted, rtol=1e-12)
    assert np.array_equal(parts["kl_cluster"], np.zeros(9))
    assert np.array_equal(shares, np.ones((9, 1)))


@pytest.mark.parametrize("likelihood", ["gaussian", "bernoulli"])
def test_the_gradient_is_that_of_finite_differences(likelihood):
    model = built(likelihood, output="sigmoid")
    x, noise = tf.constant(X), tf.constant(NOISE)

    def loss():
        return tf.reduce_mean(model.minus_bound(x, noise)[0])

    with tf.GradientTape() as tape:
        value = loss()
    weights = model.trainable_weights
    assert len(weights) == 13 + (likelihood == "gaussian")  # 4 in each half, 2, 3, and the noise
    for weight, gradient in zip(weights, tape.gradient(value, weights), strict=True):
        direction, before = RNG.standard_normal(weight.shape), weight.numpy()
        sides = []
        for step in (1e-5, -1e-5):
            weight.assign(before + step * direction)
            sides.append(float(loss()))
        weight.assign(before)
        slope = (sides[0] - sides[1]) / 2e-5
        assert slope == pytest.approx(np.sum(gradient.numpy() * direction), rel=1e-5), weight.path


def test_a_step_before_the_clustering_is_that_of_the_autoencoder():
    fitted = VaDE(4, **{**SMALL, "epochs": 0}).fit(DIGITS)
    alone = AutoencoderKMeans(4, hidden=(8,), pretrain_epochs=2, random_state=0).fit(DIGITS)
    for a, b in zip(fitted.autoencoder_.weights, alone.autoencoder_.weights, strict=True):
        assert np.array_equal(a, b)
    assert np.array_equal(fitted.model_.width.kernel.numpy(), np.zeros((8, 4)))


def test_it_starts_from_the_mixture_of_the_autoencoders_codes():
    start = VaDE(4, **{**SMALL, "epochs": 0}).fit(DIGITS)
    Z = start.transform(DIGITS)
    shares = start.predict_proba(DIGITS)  # at its end the mixture is that of its own shares
    assert shares.mean(axis=0) == pytest.approx(start.weights_, abs=0.01)
    means = shares.T @ Z / shares.sum(axis=0)[:, None]
    assert means == pytest.approx(start.cluster_centers_, abs=0.05)
    variances = shares.T @ Z**2 / shares.sum(axis=0)[:, None] - means**2
    assert variances == pytest.approx(start.covariances_, rel=0.1)
    spread = np.exp(start.model_.posterior(DIGITS)[1].numpy())
    assert np.allclose(spread, 0.01 * start.weights_ @ start.covariances_, rtol=1e-12)
    error = np.mean((DIGITS - start.decode(Z)) ** 2)
    assert start.noise_variance_ == pytest.approx(error, rel=1e-12)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_the_first_mixture_finds_one_that_is_there(scale):
    centers, spreads = (
        np.array([[0.0, 0], [10, 0], [0, 10]]),
        np.array([[1, 0.1], [0.5, 2], [1, 1]]),
    )
    labels = RNG.choice(3, 3000, p=PI)
    Z = scale * (centers[labels] + spreads[labels] * RNG.standard_normal((3000, 2)))
    weights, means, variances = first_mixture(Z, 3, np.random.default_rng(0))
    order = [np.abs(means - scale * each).sum(axis=1).argmin() for each in centers]
    assert weights[order] == pytest.approx(PI, abs=0.03)
    assert means[order] == pytest.approx(scale * centers, abs=0.3 * scale)
    assert variances[order] == pytest.approx((scale * spreads) ** 2, rel=0.25)


@pytest.mark.parametrize("Z", [np.ones((1, 2)), np.ones((7, 2)), np.eye(2).repeat(4, axis=0)])
def test_the_first_mixture_takes_any_codes(Z):
    n_clusters = min(3, len(Z))
    for part in first_mixture(Z, n_clusters, np.random.default_rng(0)):
        assert np.isfinite(part).all()
        assert len(part) == n_clusters
    assert (part > 0).all()


@pytest.mark.thorough
def test_history_adds_up_and_no_labels_are_needed_to_choose():
    fitted = VaDE(4, **SMALL).fit(DIGITS)
    history = fitted.history_
    names = ("loss", *PARTS, "clusters")
    assert {name: len(values) for name, values in history.items()} == {
        "pretrain_loss": 2,
        **dict.fromkeys(names, 2),
    }
    parts = sum(history[name] for name in ("reconstruction", "kl_code", "kl_cluster"))
    assert history["loss"] == pytest.approx(parts, rel=1e-12)
    assert (history["entropy"] > 0).all()
    assert (history["entropy"] < np.log(4)).all()
    longer = VaDE(4, **{**SMALL, "epochs": 40}).fit(DIGITS)
    assert longer.score(DIGITS) > fitted.score(DIGITS) + 5
    assert longer.score(DIGITS) == pytest.approx(-longer.history_["loss"][-1], abs=1)


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore:Only")  # with that much noise clusters fall together
def test_the_noise_is_learned_or_stays_as_given():
    options = {**SMALL, "epochs": 60, "batch_size": 30, "learning_rate": 0.005}
    learned = VaDE(4, **options).fit(DIGITS)
    error = learned.history_["autoencoder_loss"][-1] / 64
    assert learned.noise_variance_ == pytest.approx(error, rel=0.1)
    given = VaDE(4, noise_variance=0.5, **options).fit(DIGITS)
    assert given.noise_variance_ == pytest.approx(0.5, rel=1e-15)
    # the larger it is, the nearer to their clusters are the codes, and the worse the rows
    assert given.history_["kl_code"][-1] < 0.5 * learned.history_["kl_code"][-1]
    assert given.history_["autoencoder_loss"][-1] > 1.2 * learned.history_["autoencoder_loss"][-1]


@pytest.fixture(scope="module")
def linear():
    """A fit without hidden layers: then p(x) is a mixture of Gaussians, known exactly."""
    labels = RNG.choice(3, 1200, p=PI)
    rows = 2 * RNG.standard_normal((3, 6))[labels] + 0.3 * RNG.standard_normal((1200, 6))
    options = {"hidden": (), "latent_dim": 2, "learning_rate": 0.01, "random_state": 0}
    return VaDE(3, pretrain_epochs=30, epochs=60, **options).fit(rows[:1000]), rows[1000:]


def test_the_bound_is_below_the_exact_probability_and_near_to_it(linear):
    fitted, rows = linear
    kernel, bias = fitted.model_.decoder.get_weights()
    noise = fitted.noise_variance_ * np.eye(6)
    components = [
        np.log(pi)
        + multivariate_normal(mu @ kernel + bias, (kernel.T * s) @ kernel + noise).logpdf(rows)
        for pi, mu, s in zip(
            fitted.weights_, fitted.cluster_centers_, fitted.covariances_, strict=True
        )
    ]
    exact = logsumexp(components, axis=0).mean()
    assert exact - 0.5 < fitted.score(rows) < exact
    assert fitted.score(rows) == pytest.approx(fitted.score_samples(rows).mean(), rel=1e-12)
    one = fitted.score_samples(rows[7:8])
    assert np.array_equal(one, fitted.score_samples(rows)[7:8])


def test_samples_are_of_their_cluster_and_as_many_as_its_weight(linear):
    fitted, _ = linear
    for k in range(3):
        drawn = fitted.sample(500, cluster=k, random_state=0)
        assert np.mean(fitted.predict(drawn) == k) > 0.95
        Z = fitted._draw_codes(np.full(20_000, k), np.random.default_rng(0))
        assert Z.mean(axis=0) == pytest.approx(fitted.cluster_centers_[k], abs=0.05)
        assert Z.var(axis=0) == pytest.approx(fitted.covariances_[k], rel=0.05)
    whole = fitted.predict(fitted.sample(3000, random_state=0))
    assert np.bincount(whole) / 3000 == pytest.approx(fitted.weights_, abs=0.03)
    way = fitted.interpolate(0, 2, 5)
    assert np.allclose(way[[0, 4]], fitted.decode(fitted.cluster_centers_)[[0, 2]], rtol=1e-12)


def test_drawn_rows_spread_as_the_model_says(linear):
    fitted, _ = linear
    means = fitted.sample(20_000, random_state=0)
    rows = fitted.sample(20_000, noise=True, random_state=0)
    off = rows - means
    assert off.var(axis=0) == pytest.approx(fitted.noise_variance_, rel=0.05)
    assert np.abs(off.mean(axis=0)).max() < 0.05
    assert np.array_equal(rows, fitted.sample(20_000, noise=True, random_state=0))
    with pytest.raises(TypeError, match="noise=1 must be True or False"):
        fitted.sample(noise=1)


def test_of_probabilities_drawn_rows_are_zeros_and_ones():
    network = networks.Dense((8,), output="sigmoid")
    options = {"network": network, "pretrain_epochs": 2, "epochs": 2, "random_state": 0}
    fitted = VaDE(4, likelihood="bernoulli", **options).fit(DIGITS.astype(np.float32))
    means = fitted.sample(4000, random_state=0)
    rows = fitted.sample(4000, noise=True, random_state=0)
    assert rows.dtype == np.float32
    assert set(np.unique(rows)) == {0, 1}
    assert rows.mean(axis=0) == pytest.approx(means.mean(axis=0), abs=0.04)
    with pytest.raises(ValueError, match=r"X has values from 0 to 16, but output='sigmoid'"):
        fitted.score_samples(16 * DIGITS)


def test_labels_are_the_most_probable_clusters_by_scipy():
    fitted = VaDE(4, **SMALL).fit(DIGITS)
    joint = np.stack(
        [
            np.log(pi) + multivariate_normal(mu, np.diag(s)).logpdf(fitted.transform(DIGITS))
            for pi, mu, s in zip(
                fitted.weights_, fitted.cluster_centers_, fitted.covariances_, strict=True
            )
        ],
        axis=1,
    )
    assert np.allclose(fitted.predict_proba(DIGITS), softmax(joint, axis=1), atol=1e-10)
    assert np.array_equal(fitted.labels_, joint.argmax(axis=1))
    assert np.array_equal(fitted.predict(DIGITS), fitted.labels_)


@pytest.mark.thorough
@pytest.mark.parametrize("likelihood", ["gaussian", "bernoulli"])
def test_blobs_are_found(likelihood):
    centers = RNG.uniform(0.2, 0.8, (4, 12))
    labels = RNG.integers(4, size=800)
    rows = np.clip(centers[labels] + 0.05 * RNG.standard_normal((800, 12)), 0, 1)
    network = networks.Dense((32,), output="sigmoid")
    fitted = VaDE(
        4, likelihood=likelihood, network=network, pretrain_epochs=60, epochs=60, random_state=0
    ).fit(rows[:600])
    assert metrics.accuracy(labels[600:], fitted.predict(rows[600:])) == 1
    of = [np.bincount(labels[:600][fitted.labels_ == k]).argmax() for k in range(4)]
    assert sorted(of) == [0, 1, 2, 3]
    restored = fitted.decode(fitted.cluster_centers_)
    assert np.array_equal(((restored[:, None] - centers) ** 2).sum(axis=2).argmin(axis=1), of)


def test_clusters_that_die_are_told(monkeypatch):
    def with_two_far_away(Z, n_clusters, rng):
        weights, centers, variances = first_mixture(Z, n_clusters, rng)
        return weights, np.where(np.arange(4)[:, None] < 2, 1e4, centers), variances

    monkeypatch.setattr(vade, "first_mixture", with_two_far_away)
    with pytest.warns(ConvergenceWarning, match=r"Only 2 of n_clusters=4 clusters .*pretrain_ep"):
        fitted = VaDE(4, **SMALL).fit(DIGITS)
    assert fitted.history_["clusters"][-1] == 2


def test_a_bound_that_is_not_finite_ends_the_training_with_the_start_kept():
    given = AutoencoderKMeans(4, hidden=(8,), pretrain_epochs=2, random_state=0).fit(DIGITS)
    fitted = VaDE(4, autoencoder=given.autoencoder_, learning_rate=1e10, random_state=0)
    with pytest.warns(ConvergenceWarning, match="in epoch 1;.*before training was kept"):
        fitted.fit(DIGITS)
    assert np.array_equal(fitted.transform(DIGITS), given.transform(DIGITS))
    assert np.isfinite(fitted.predict_proba(DIGITS)).all()
    assert fitted.history_["loss"].size == 0


@pytest.mark.thorough
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_mixture_is_saved(tmp_path, dtype):
    fitted = VaDE(4, **SMALL).fit(DIGITS.astype(dtype))
    deep.save(tmp_path / "vade.safetensors", fitted)
    again = deep.load(tmp_path / "vade.safetensors")
    for name in ("weights_", "covariances_", "noise_variance_"):
        assert np.array_equal(getattr(again, name), getattr(fitted, name))
    for name in ("predict_proba", "score_samples"):
        found = getattr(again, name)(DIGITS)
        assert found.dtype == dtype
        assert np.array_equal(found, getattr(fitted, name)(DIGITS))
    drawn = [each.sample(9, random_state=1) for each in (fitted, again)]
    assert np.array_equal(*drawn)


def test_convolutions_have_a_variance_for_each_row():
    options = {"network": networks.Conv((8, 8), (4,)), "pretrain_epochs": 2, "random_state": 0}
    fitted = VaDE(4, epochs=5, **options).fit(DIGITS)
    _, log_variance = fitted.model_.posterior(DIGITS)
    assert log_variance.shape == (300, 4)
    assert (np.ptp(log_variance.numpy(), axis=0) > 0).all()
    assert fitted.sample(3).shape == (3, 64)


BAD = [
    (
        {"likelihood": "normal"},
        ValueError,
        r"likelihood='normal' is unknown\. Choose from: gaussian, ",
    ),
    ({"noise_variance": 0}, ValueError, r"noise_variance=0 is out of range.* least 1e-06"),
    ({"noise_variance": "1"}, TypeError, r"noise_variance='1' is not a number"),
    (
        {"noise_variance": 1.0, "likelihood": "bernoulli"},
        ValueError,
        r"noise_variance=1\.0 was given, but likelihood='bernoulli' has none\. Leave it out",
    ),
    (
        {"likelihood": "bernoulli"},
        ValueError,
        r"has output='linear'\. Scale X to \[0, 1\] and give network=.*sigmoid.*or choose likelih",
    ),
    ({"epochs": -1}, ValueError, r"epochs=-1 is too small"),
]


@pytest.mark.parametrize(("changes", "error", "words"), BAD)
def test_bad_parameters_are_told_before_training(monkeypatch, changes, error, words):
    monkeypatch.setattr("dkm.deep._core.training.trainer", lambda *_, **__: pytest.fail("it began"))
    with pytest.raises(error, match=words):
        VaDE(4, **changes).fit(DIGITS)
    with pytest.raises(ValueError, match=r"noise_variance=1e\+60 is out of range for float32"):
        VaDE(4, noise_variance=1e60).fit(DIGITS.astype(np.float32))
