"""Deep K-Means against closed forms, finite differences, its limits, and K-Means itself."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import softmax
from sklearn.base import clone

from dkm import DCN, IDEC, AutoencoderKMeans, DeepKMeans, KMeans, datasets, metrics, networks
from dkm.deep._core import training
from dkm.deep._core.keras_models import Occupied, reconstruction_error
from dkm.deep._core.settling import explained_variance
from dkm.deep.deep_kmeans import DKMModel, clustering_error, soft_assignment, total_variance

DIGITS = datasets.load("digits")
RNG = np.random.default_rng(0)
CODES = RNG.standard_normal((7, 3))
CENTERS = RNG.standard_normal((4, 3))
ALPHAS = [0.0, 0.1, 1.0, 7.0, 1000.0]


def distances(codes, centers):
    return ((codes[:, None] - centers) ** 2).sum(axis=2)


def loss_by_hand(codes, centers, alpha):
    D = distances(codes, centers)
    return (D * softmax(-alpha * D, axis=1)).sum(axis=1).mean()


def loss_and_gradients(codes, centers, alpha):
    """The package's own, by automatic differentiation."""
    h, r = tf.constant(codes), tf.constant(centers)
    with tf.GradientTape() as tape:
        tape.watch((h, r))
        D = tf.reduce_sum(tf.square(h[:, None] - r), axis=2)
        loss = clustering_error(D, tf.constant(alpha, D.dtype))
    return float(loss), *(gradient.numpy() for gradient in tape.gradient(loss, (h, r)))


def closed_form(codes, centers, alpha):
    D = distances(codes, centers)
    S = softmax(-alpha * D, axis=1)
    L = (D * S).sum(axis=1, keepdims=True)
    weight = S * (1 + alpha * (L - D)) / len(codes)
    differences = centers - codes[:, None]
    gradients = 2 * weight[:, :, None] * differences
    return -gradients.sum(axis=1), gradients.sum(axis=0)


@pytest.mark.parametrize("alpha", ALPHAS)
def test_loss_and_gradient_are_the_closed_form(alpha):
    loss, by_codes, by_centers = loss_and_gradients(CODES, CENTERS, alpha)
    assert loss == pytest.approx(loss_by_hand(CODES, CENTERS, alpha), rel=1e-13)
    for found, wanted in zip(
        (by_codes, by_centers), closed_form(CODES, CENTERS, alpha), strict=True
    ):
        assert np.allclose(found, wanted, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("alpha", ALPHAS[:-1])
def test_the_gradient_is_the_slope(alpha):
    _, by_codes, by_centers = loss_and_gradients(CODES, CENTERS, alpha)
    step = 1e-6
    for gradient, where in ((by_codes, CODES), (by_centers, CENTERS)):
        for index in np.ndindex(where.shape):
            e = np.zeros_like(where)
            e[index] = step
            ends = [
                loss_by_hand(CODES + s * e, CENTERS, alpha)
                if where is CODES
                else loss_by_hand(CODES, CENTERS + s * e, alpha)
                for s in (1, -1)
            ]
            slope = (ends[0] - ends[1]) / (2 * step)
            assert gradient[index] == pytest.approx(slope, abs=1e-8)


def test_a_distant_centre_is_repelled():
    """At finite alpha the weight of a centre is negative where D > L + 1 / alpha."""
    codes, centers = np.zeros((1, 1)), np.array([[0.1], [1.5]])
    _, _, by_centers = loss_and_gradients(codes, centers, 1.0)
    D, L = 1.5**2, loss_by_hand(codes, centers, 1.0)
    assert D > L + 1
    assert by_centers[1, 0] < 0  # downhill is away from the code


def test_for_large_alpha_it_is_k_means():
    X = datasets.load("blobs").X
    kmeans = KMeans(4, random_state=0).fit(X)
    loss, _, at_fixed_point = loss_and_gradients(X, kmeans.cluster_centers_, 1e6)
    assert loss == pytest.approx(kmeans.inertia_ / len(X), rel=1e-12)
    assert np.abs(at_fixed_point).max() < 1e-10
    # elsewhere: (2 / N) n_k (r_k - mean of cluster k)
    centers = X[[0, 80, 160, 290]]
    labels = distances(X, centers).argmin(axis=1)
    means = np.stack([X[labels == k].mean(axis=0) for k in range(4)])
    wanted = 2 / len(X) * np.bincount(labels)[:, None] * (centers - means)
    assert np.allclose(loss_and_gradients(X, centers, 1e6)[2], wanted, rtol=1e-9, atol=1e-12)


def test_with_an_identity_network_the_model_is_k_means():
    """Nothing is lost on the way through it, and K-Means rests where its centres rest."""
    X = datasets.load("blobs").X
    form = {"network": networks.Dense(()), "n_features": 2, "latent_dim": 2, "dtype": "float64"}
    model = training.with_adam(DKMModel(4, 1, False, rng=RNG, **form))
    for half in (model.encoder, model.decoder):
        half.set_weights([np.eye(2), np.zeros(2)])
    kmeans = KMeans(4, random_state=0).fit(X)
    model.start_clustering(kmeans.cluster_centers_, 0.5, (1e6,), 1)
    codes = model(X)
    assert float(reconstruction_error(X, model.decoder(codes))) == 0
    loss = float(model.compute_loss(tf.constant(X), y_pred=codes))
    assert loss == pytest.approx(0.5 * kmeans.inertia_ / len(X), rel=1e-12)
    model.train_step((tf.constant(X),))
    assert np.allclose(model.centers, kmeans.cluster_centers_, rtol=0, atol=1e-8)


def test_for_alpha_zero_all_centres_go_to_the_mean():
    D = distances(CODES, CENTERS)
    assert loss_by_hand(CODES, CENTERS, 0) == pytest.approx(D.mean(axis=1).mean())
    assert np.allclose(soft_assignment(tf.constant(D), 0.0), 0.25)
    at_mean = np.tile(CODES.mean(axis=0), (4, 1))
    assert np.abs(loss_and_gradients(CODES, at_mean, 0.0)[2]).max() < 1e-15


def test_the_loss_falls_with_alpha_between_mean_and_least_distance():
    D = distances(CODES, CENTERS)
    losses = [loss_and_gradients(CODES, CENTERS, alpha)[0] for alpha in np.linspace(0, 60, 200)]
    assert (np.diff(losses) < 0).all()
    assert losses[0] == pytest.approx(D.mean())
    assert loss_and_gradients(CODES, CENTERS, 1e5)[0] == pytest.approx(D.min(axis=1).mean())
    # its slope in alpha is minus the variance of D under S
    S = softmax(-D, axis=1)
    variance = (S * D**2).sum(axis=1) - (S * D).sum(axis=1) ** 2
    ends = [loss_by_hand(CODES, CENTERS, 1 + s * 1e-5) for s in (1, -1)]
    assert (ends[0] - ends[1]) / 2e-5 == pytest.approx(-variance.mean(), rel=1e-7)


@pytest.mark.parametrize("alpha", ALPHAS)
def test_each_row_errs_between_its_least_and_its_mean_distance(alpha):
    D = distances(CODES, CENTERS)
    errors = [float(clustering_error(tf.constant(row[None]), alpha)) for row in D]
    assert (errors >= D.min(axis=1) * (1 - 1e-14)).all()
    assert (errors <= D.mean(axis=1) * (1 + 1e-14)).all()


def test_float32_is_safe_at_large_distances():
    D = (1e4 + RNG.random((50, 6))).astype(np.float32)
    S = soft_assignment(tf.constant(D), tf.constant(1000.0)).numpy()
    assert S.dtype == np.float32
    assert np.allclose(S.sum(axis=1), 1, rtol=0, atol=1e-6)
    wanted = softmax(-1000 * (D.astype(np.float64) - D.min(axis=1, keepdims=True)), axis=1)
    assert np.allclose(S, wanted, atol=1e-5)
    codes = (100 * RNG.standard_normal((9, 3))).astype(np.float32)
    assert all(np.isfinite(each).all() for each in loss_and_gradients(codes, codes[:4] + 30, 1000))


def test_rows_and_centres_may_come_in_any_order():
    loss, by_codes, by_centers = loss_and_gradients(CODES, CENTERS, 3.0)
    rows, order = RNG.permutation(7), RNG.permutation(4)
    other, by_rows, by_order = loss_and_gradients(CODES[rows], CENTERS[order], 3.0)
    assert other == pytest.approx(loss, rel=1e-14)
    assert np.allclose(by_rows, by_codes[rows], rtol=1e-12, atol=1e-15)
    assert np.allclose(by_order, by_centers[order], rtol=1e-12, atol=1e-15)
    D = distances(CODES, CENTERS)
    shares, permuted = (soft_assignment(tf.constant(each), 3.0) for each in (D, D[:, order]))
    assert np.allclose(permuted, shares.numpy()[:, order], rtol=1e-14, atol=0)


def test_the_models_loss_is_the_papers():
    X = RNG.random((9, 6))
    form = {"network": networks.Dense((5,)), "n_features": 6, "latent_dim": 3, "dtype": "float64"}
    model = training.with_adam(DKMModel(4, 1, False, rng=RNG, **form))
    model.start_clustering(CENTERS, 0.7, (2.0,), 10)
    H = model.encoder(X).numpy()
    restored = model.decoder(H).numpy()
    wanted = ((X - restored) ** 2).sum() / 9 + 0.7 * loss_by_hand(H, CENTERS, 2.0)
    assert float(model.compute_loss(tf.constant(X), y_pred=model(X))) == pytest.approx(
        wanted, 1e-13
    )


def test_a_step_moves_the_centres_downhill():
    """One step of Adam from rest moves each entry by the learning rate against its gradient."""
    X = DIGITS.X[:256]
    given = AutoencoderKMeans(4, hidden=(8,), pretrain_epochs=0, random_state=0).fit(X)
    start = given.cluster_centers_
    H = given.transform(X)
    clusterer = DeepKMeans.published(
        4, autoencoder=given.autoencoder_, alpha=5.0, epochs=1, batch_size=256, random_state=0
    ).fit(X)
    _, gradient = closed_form(H, start, 5.0)
    moved = clusterer.cluster_centers_ - start
    wanted = -0.001 * gradient / (np.abs(gradient) + 1e-7 / np.sqrt(0.001))
    assert np.allclose(moved, wanted, rtol=1e-6, atol=1e-12)


def test_with_weight_zero_it_is_the_autoencoder_bit_for_bit():
    options = {"hidden": (16,), "batch_size": 100, "random_state": 0}
    pretrained = AutoencoderKMeans(5, pretrain_epochs=3, **options).fit(DIGITS.X)
    clusterer = DeepKMeans(5, cluster_weight=0, epochs=2, pretrain_epochs=3, **options)
    clusterer.fit(DIGITS.X)
    assert np.array_equal(clusterer.history_["pretrain_loss"], pretrained.history_["pretrain_loss"])
    assert np.array_equal(clusterer.cluster_centers_, pretrained.cluster_centers_)
    # all five epochs of it without any centres, from the same weights and with the same batches
    seeds = np.random.default_rng(0).integers(2**63, size=4)
    rngs = [np.random.default_rng(seed) for seed in seeds]
    alone = AutoencoderKMeans(5, **options)
    model = alone._build(DIGITS.X, rngs[0])
    train = training.trainer(model, DIGITS.X, batch_size=100, sampler="permutation")
    train(3, rngs[1])
    train(2, rngs[3])
    for a, b in zip(model.get_weights(), clusterer.autoencoder_.weights, strict=True):
        assert np.array_equal(a, b)


def relative_model(relative=True):
    form = {"network": networks.Dense(()), "n_features": 3, "latent_dim": 3, "dtype": "float64"}
    model = training.with_adam(DKMModel(4, 1, relative, rng=np.random.default_rng(0), **form))
    model.start_clustering(CENTERS, 1.0, (2.0,), 1)
    return model


def test_relative_distances_are_shares_of_the_codes_variance():
    model = relative_model()
    v = ((CODES - CODES.mean(axis=0)) ** 2).sum(axis=1).mean()
    assert float(total_variance(tf.constant(CODES))) == pytest.approx(v, rel=1e-14)
    D = distances(CODES, CENTERS) / v
    wanted = (D * softmax(-2 * D, axis=1)).sum(axis=1).mean()
    assert float(model.cluster_loss(tf.constant(CODES), None)) == pytest.approx(wanted, rel=1e-13)


def test_the_relative_gradient_is_the_slope():
    """Through the variance, too."""
    model, step = relative_model(), 1e-6
    h = tf.constant(CODES)
    with tf.GradientTape() as tape:
        tape.watch(h)
        loss = model.cluster_loss(h, None)
    found = tape.gradient(loss, h).numpy()
    for index in np.ndindex(CODES.shape):
        e = np.zeros_like(CODES)
        e[index] = step
        ends = [float(model.cluster_loss(tf.constant(CODES + s * e), None)) for s in (1, -1)]
        assert found[index] == pytest.approx((ends[0] - ends[1]) / (2 * step), abs=1e-8)


@pytest.mark.parametrize("factor", [0.1, 0.5, 30.0])
def test_shrinking_all_codes_pays_only_as_published(factor):
    safe, published = relative_model(), relative_model(relative=False)
    for model, power in ((safe, 0), (published, 2)):
        # an alpha in the unit of the distances keeps the shares the same
        model.alphas.assign([1e6])
        before = float(model.cluster_loss(tf.constant(CODES), None))
        model.centers.assign(factor * CENTERS)
        after = float(model.cluster_loss(tf.constant(factor * CODES), None))
        assert after == pytest.approx(factor**power * before, rel=1e-9)
    safe.centers.assign(CENTERS)
    published.centers.assign(CENTERS)
    # With the centres where they are, as in the first steps of a training:
    means = tf.constant(np.repeat(CENTERS - CENTERS.mean(axis=0), 2, axis=0))
    for model in (safe, published):
        model.centers.assign(means[::2])
    losses = [
        [float(model.cluster_loss(scale * means, None)) for scale in (0.6, 0.8, 1.0, 1.2)]
        for model in (safe, published)
    ]
    assert np.argmin(losses[0]) == 2


def test_codes_that_are_all_the_same_have_no_relative_loss():
    assert float(relative_model().cluster_loss(tf.ones((5, 3), tf.float64), None)) == 0


class Rescaled(networks.Dense):
    """The autoencoder of X for c X + b: what it does to c X + b, the other does to X."""

    c, b = 1.0, 0.0

    def build(self, n_features, latent_dim, dtype, rng):
        encoder, decoder = super().build(n_features, latent_dim, dtype, rng)
        x = keras.Input((n_features,), dtype=dtype)
        z = keras.Input((latent_dim,), dtype=dtype)
        before = keras.layers.Rescaling(1 / self.c, -self.b / self.c, dtype=dtype)
        after = keras.layers.Rescaling(self.c, self.b, dtype=dtype)
        return keras.Model(x, encoder(before(x))), keras.Model(z, after(decoder(z)))


@pytest.mark.parametrize("kind", [DeepKMeans, DCN, IDEC])
@pytest.mark.parametrize(("c", "b"), [(2.0, -1.0), (1 / 255, 0.0)])
def test_units_of_the_data_do_not_matter(kind, c, b, monkeypatch):
    """X and 2 X - 1, X and X / 255, from the same seed and an equally scaled start, end alike."""
    options = {"pretrain_epochs": 10, "batch_size": 64, "random_state": 0}
    X = DIGITS.X[:600]
    start = AutoencoderKMeans(10, network=Rescaled((32,)), **options).fit(X).autoencoder_
    options["epochs"] = 10
    one = kind(10, autoencoder=start, **options).fit(X)
    monkeypatch.setattr(Rescaled, "c", c)
    monkeypatch.setattr(Rescaled, "b", b)
    # Adam's moments have the units of the loss and of its square.
    first, second = start.moments[::2], start.moments[1::2]
    moments = [
        m for pair in zip(first, second, strict=True) for m in (c**2 * pair[0], c**4 * pair[1])
    ]
    scaled = dataclasses.replace(start, moments=tuple(moments))
    other = kind(10, autoencoder=scaled, **options).fit(c * X + b)
    assert metrics.ari(one.labels_, other.labels_) > 0.99
    again = kind.published(10, autoencoder=start, **options).fit(X)
    published = kind.published(10, autoencoder=scaled, **options).fit(c * X + b)
    assert metrics.ari(again.labels_, published.labels_) < 0.99  # what this is about


@pytest.mark.parametrize("kind", [DeepKMeans, DCN, IDEC])
def test_published_is_a_choice_of_parameters(kind):
    clusterer = kind.published(7, epochs=3)
    assert type(clusterer) is kind
    assert (clusterer.n_clusters, clusterer.epochs, clusterer.relative) == (7, 3, False)
    assert clone(clusterer).get_params() == clusterer.get_params()
    assert kind.published(cluster_weight=0.3).cluster_weight == 0.3
    assert kind().relative is True
    with pytest.raises(TypeError, match="weight"):
        kind.published(weight=1)


@pytest.mark.parametrize(
    ("clusterer", "error", "words"),
    [
        (DeepKMeans(4, relative="yes"), TypeError, "relative='yes' must be True or False"),
        (DeepKMeans(4, tol=-1), ValueError, "tol=-1 is out of range"),
        (DCN(4, memory=0), ValueError, "memory=0 is too small"),
        (IDEC(4, cluster_weight=None), ValueError, "default is 2.0.*relative=False"),
    ],
)
def test_bad_settings_are_told(clusterer, error, words):
    with pytest.raises(error, match=words):
        clusterer.fit(DIGITS.X[:50])


def test_explained_variance_is_in_the_units_of_the_error():
    fitted = AutoencoderKMeans(5, hidden=(16,), pretrain_epochs=20, random_state=0).fit(DIGITS.X)
    error = ((DIGITS.X - fitted.decode(fitted.transform(DIGITS.X))) ** 2).sum(axis=1).mean()
    total = DIGITS.X.var(axis=0).sum()
    explained = explained_variance(fitted.model_, DIGITS.X)
    assert explained == pytest.approx(total - error, rel=1e-9)
    assert 0.1 * total < explained < total
    untrained = AutoencoderKMeans(5, hidden=(16,), pretrain_epochs=0, random_state=0).fit(DIGITS.X)
    assert explained_variance(untrained.model_, DIGITS.X) == pytest.approx(0.1 * total)


def test_training_ends_when_labels_settle():
    options = {"hidden": (16,), "pretrain_epochs": 3, "epochs": 40, "batch_size": 100}
    clusterer = DeepKMeans(5, tol=0.2, random_state=0, **options).fit(DIGITS.X)
    changed = clusterer.history_["changed"]
    assert clusterer.converged_
    assert changed[-1] < 0.2
    assert (changed[:-1] >= 0.2).all()
    assert len(clusterer.history_["loss"]) == np.ceil(140 * len(changed) / 18) < 40
    on = DeepKMeans(5, tol=0, random_state=0, **options).fit(DIGITS.X)
    assert not on.converged_
    assert len(on.history_["loss"]) == 40
    assert len(on.history_["changed"]) == 0


def groups_on_rays(seed):
    """Two groups on each of five rays, at distances 1 and 2: outer ones lie beside inner ones."""
    rng = np.random.default_rng(seed)
    rays = np.linalg.qr(rng.standard_normal((30, 30)))[0][:5]
    centers, y = np.concatenate([rays, 2 * rays]), np.repeat(np.arange(10), 100)
    return (centers[y] + 0.25 * rng.standard_normal((1000, 30))).astype(np.float32), y


@pytest.mark.thorough
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_default_ends_above_its_start_where_the_published_loss_ends_below(seed):
    X, y = groups_on_rays(seed)
    options = {"hidden": (200, 200), "pretrain_epochs": 60, "batch_size": 64, "random_state": seed}
    start = AutoencoderKMeans(10, **options).fit(X)
    options = {"autoencoder": start.autoencoder_, "epochs": 20, "random_state": seed}
    accuracy = [
        metrics.accuracy(y, clusterer.labels_)
        for clusterer in (
            DeepKMeans.published(10, **options).fit(X),
            start,
            DeepKMeans(10, **options).fit(X),
        )
    ]
    assert accuracy[0] < accuracy[1] - 0.02
    assert accuracy[2] > accuracy[1] - 0.01


def test_values_of_alpha_share_the_steps_equally():
    form = {"network": networks.Dense(()), "n_features": 3, "latent_dim": 3, "dtype": "float64"}
    model = training.with_adam(DKMModel(2, 3, False, **form))
    model.optimizer.iterations.assign(100)
    model.start_clustering(np.zeros((2, 3)), 1.0, (1.0, 2.0, 4.0), 12)
    seen = []
    for step in range(14):
        model.optimizer.iterations.assign(100 + step)
        seen.append(float(model.alpha()))
    assert seen == [1.0] * 4 + [2.0] * 4 + [4.0] * 6


def test_without_pretraining_the_centres_start_uniform():
    clusterer = DeepKMeans(50, pretrain_epochs=0, epochs=0, hidden=(4,), random_state=0)
    with pytest.warns(match="clusters have points"):
        centers = clusterer.fit(DIGITS.X[:100]).cluster_centers_
    assert np.abs(centers).max() < 1
    assert centers.std() == pytest.approx(1 / np.sqrt(3), rel=0.05)


def test_occupied_counts_centres_that_are_nearest_to_some_row():
    metric = Occupied(5)
    metric.update_state(tf.constant([[3.0, 1, 2, 9, 9], [0, 1, 2, 9, 9]]))
    metric.update_state(tf.constant([[0.0, 1, 2, 9, 9], [5, 1, 2, 0, 9]]))
    assert int(metric.result()) == 3
    metric.reset_state()
    assert int(metric.result()) == 0


def test_labels_are_the_nearest_centres():
    clusterer = DeepKMeans(10, hidden=(16,), pretrain_epochs=3, epochs=3, random_state=0)
    Z = clusterer.fit_transform(DIGITS.X)
    nearest = distances(Z, clusterer.cluster_centers_).argmin(axis=1)
    assert np.array_equal(clusterer.labels_, nearest)


@pytest.mark.thorough
def test_the_code_becomes_better_to_cluster():
    """What the method is for: codes nearer to their centres at the same reconstruction."""
    options = {"hidden": (128, 64), "pretrain_epochs": 30, "batch_size": 128, "random_state": 0}
    before = AutoencoderKMeans(10, **options).fit(DIGITS.X)
    after = DeepKMeans(10, cluster_weight=0.2, epochs=30, **options).fit(DIGITS.X)

    def unexplained(clusterer):
        """Share of the code's variance that is within clusters."""
        Z = clusterer.transform(DIGITS.X)
        within = distances(Z, clusterer.cluster_centers_).min(axis=1).sum()
        return within / ((Z - Z.mean(axis=0)) ** 2).sum()

    assert unexplained(after) < 0.75 * unexplained(before)  # 0.62
    assert after.history_["autoencoder_loss"][-1] < 1.5 * before.history_["pretrain_loss"][-1]
    assert metrics.accuracy(DIGITS.y, after.labels_) > 0.55
    assert after.history_["clusters"][-1] == 10
