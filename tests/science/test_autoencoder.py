"""Networks are what they are described as, and an autoencoder learns what theory says."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.linalg import subspace_angles

from dkm import AutoencoderKMeans, KMeans, datasets, metrics, networks
from dkm.deep._core import training
from dkm.deep._core.adam import Adam
from dkm.deep._core.keras_models import AutoencoderModel

DIGITS = datasets.load("digits")
RNG = np.random.default_rng(0)


def by_hand(half, X):
    """Dense layers with ReLU between them, in NumPy."""
    weights = [weight.numpy() for weight in half.weights]
    for i in range(0, len(weights), 2):
        X = X @ weights[i] + weights[i + 1]
        if i < len(weights) - 2:
            X = np.maximum(X, 0)
    return X


def test_dense_is_a_chain_of_relu_layers_with_a_linear_end():
    encoder, decoder = networks.Dense((7, 5)).build(4, 2, "float64", RNG)
    X = RNG.standard_normal((6, 4))
    assert np.allclose(encoder(X), by_hand(encoder, X), rtol=1e-14, atol=1e-14)
    Z = RNG.standard_normal((6, 2))
    assert np.allclose(decoder(Z), by_hand(decoder, Z), rtol=1e-14, atol=1e-14)
    assert [w.shape for w in encoder.weights[::2]] == [(4, 7), (7, 5), (5, 2)]
    assert [w.shape for w in decoder.weights[::2]] == [(2, 5), (5, 7), (7, 4)]


def test_weights_start_as_glorot_uniform_and_biases_as_zero():
    encoder, _ = networks.Dense((400,)).build(200, 5, "float64", np.random.default_rng(0))
    kernel, bias = (weight.numpy() for weight in encoder.weights[:2])
    limit = np.sqrt(6 / 600)
    assert 0.99 * limit < np.abs(kernel).max() <= limit
    assert kernel.std() == pytest.approx(limit / np.sqrt(3), rel=0.01)
    assert not bias.any()
    other, _ = networks.Dense((400,)).build(200, 5, "float64", np.random.default_rng(0))
    assert np.array_equal(other.weights[0].numpy(), kernel)


@pytest.mark.parametrize("shape", [(8, 8), (28, 28), (7, 5, 3), (9, 13), (4, 4, 1)])
@pytest.mark.parametrize("filters", [(3,), (3, 6)])
def test_conv_takes_and_gives_back_images_of_any_shape(shape, filters):
    n_features = int(np.prod(shape))
    network = networks.Conv(shape, filters, output="sigmoid")
    encoder, decoder = network.build(n_features, 2, "float64", RNG)
    X = RNG.random((5, n_features))
    assert encoder(X).shape == (5, 2)
    restored = decoder(encoder(X)).numpy()
    assert restored.shape == X.shape
    assert ((restored > 0) & (restored < 1)).all()


@pytest.mark.parametrize(
    ("network", "n_features"),
    [
        (networks.Dense((7, 5)), 12),
        (networks.Dense(()), 12),
        (networks.Conv((8, 8), (3,), kernel_size=2), 64),
        (networks.Conv((7, 5, 3), (4, 6)), 105),
        (networks.Conv((9, 13), (4, 6, 5), kernel_size=5), 117),
    ],
)
def test_weight_shapes_are_those_of_what_is_built(network, n_features):
    built = network.build(n_features, 2, "float64", RNG)
    shapes = [weight.shape for half in built for weight in half.weights]
    assert network.weight_shapes(n_features, 2) == shapes
    assert len(built[0].weights) == len(built[1].weights)


def test_conv_sees_neighbours():
    """A change of one pixel reaches no more of the first layer than its kernel."""
    encoder, _ = networks.Conv((8, 8), (3,)).build(64, 2, "float64", RNG)
    first = keras.Model(encoder.input, encoder.layers[2].output)
    x = RNG.random((1, 64))
    other = x.copy()
    other[0, 8 * 4 + 4] += 1
    changed = np.argwhere((first(x) != first(other)).numpy()[0].any(axis=-1))
    assert len(changed)
    assert (np.ptp(changed, axis=0) <= 1).all()


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (
            lambda: networks.Dense((5, "6")),
            TypeError,
            r"hidden=\(5, '6'\) contains '6', which is not an integer",
        ),
        (lambda: networks.Dense((5,), output="tanh"), ValueError, "Choose from: linear, sigmoid"),
        (lambda: networks.Dense(regularizer="l1"), TypeError, r"Give Denoising\(\)"),
        (
            lambda: networks.Dense((0,)),
            ValueError,
            r"hidden=\(0,\) contains 0.*such as \(500, 2000\)",
        ),
        (
            lambda: networks.Dense((True,)),
            TypeError,
            r"hidden=\(True,\) contains True, which is not an in",
        ),
        (
            lambda: networks.Dense(64),
            TypeError,
            r"hidden=64 is not a tuple .*\(500,\) for a single lay",
        ),
        (
            lambda: networks.Conv(8),
            TypeError,
            r"image_shape=8 is not a tuple .* such as \(28, 28\)",
        ),
        (
            lambda: networks.Conv((8, 8), 4),
            TypeError,
            r"filters=4 is not a tuple .* such as \(32, 64",
        ),
        (lambda: networks.Conv((8,)), ValueError, r"image_shape=\(8,\) is not an image shape"),
        (
            lambda: networks.Conv((0, 8)),
            ValueError,
            r"contains 0, .* than 1\. Give a tuple such as \(28",
        ),
        (lambda: networks.Conv((3, 8)), ValueError, r"filters=\(32, 64\) does not fit"),
        (lambda: networks.Conv((8, 8), ()), ValueError, r"filters=\(\) does not fit"),
        (lambda: networks.Conv((8, 8), kernel_size=0), ValueError, "kernel_size=0"),
        (lambda: networks.Denoising(1.0), ValueError, r"rate=1\.0 would set all of X to 0"),
        (lambda: networks.Sparsity(-1), ValueError, "weight=-1 is out of range"),
        (lambda: networks.Contractive("x"), TypeError, "weight='x' is not a number"),
    ],
)
def test_impossible_networks_are_told_when_they_are_made(make, error, words):
    with pytest.raises(error, match=words):
        make()


def model_of(network, X, latent_dim=3):
    model = AutoencoderModel(network, X.shape[1], latent_dim, "float64", rng=RNG)
    return training.with_adam(model)


def test_the_loss_is_summed_over_features_and_averaged_over_the_batch():
    X = RNG.random((11, 6))
    model = model_of(networks.Dense((5,)), X)
    restored = by_hand(model.decoder, by_hand(model.encoder, X))
    loss = model.compute_loss(tf.constant(X), y_pred=model(X))
    assert float(loss) == pytest.approx(((X - restored) ** 2).sum() / 11, rel=1e-13)


def test_soundness_is_judged_on_every_row():
    X = RNG.random((training.ROWS_PER_CHECK + 3, 6))
    model = model_of(networks.Dense((5,)), X)
    assert training.is_sound(model, X)
    X[-1] = 1e200
    assert not training.is_sound(model, X)


def test_the_contractive_penalty_is_the_jacobians_norm():
    X = RNG.standard_normal((4, 6))
    model = model_of(networks.Dense((9,)), X)
    step = 1e-6
    squares = 0
    for j in range(6):
        e = step * np.eye(6)[j]
        slope = (by_hand(model.encoder, X + e) - by_hand(model.encoder, X - e)) / (2 * step)
        squares += (slope**2).sum()
    x = tf.constant(X)
    penalty = networks.Contractive(0.3).penalty(x, model(x), model.encoder)
    assert float(penalty) == pytest.approx(0.3 * squares / 4, rel=1e-7)


def test_the_sparsity_penalty_is_the_codes_mean_l1_norm():
    code = RNG.standard_normal((4, 3))
    penalty = networks.Sparsity(0.5).penalty(None, tf.constant(code), None)
    assert float(penalty) == pytest.approx(0.5 * np.abs(code).sum() / 4)


def test_denoising_hides_a_share_of_the_values_anew_each_time_and_only_in_training():
    X = tf.constant(1 + RNG.random((200, 50)))
    model = model_of(networks.Dense((5,), regularizer=networks.Denoising(0.3)), X)
    first, second = (model.network.regularizer.corrupt(X, model.noise).numpy() for _ in range(2))
    assert (first == 0).mean() == pytest.approx(0.3, abs=0.02)
    assert np.array_equal(first[first != 0], X.numpy()[first != 0])
    assert ((first == 0) != (second == 0)).mean() == pytest.approx(2 * 0.3 * 0.7, abs=0.02)
    assert np.array_equal(model(X), model.encoder(X))
    assert not np.array_equal(model(X, training=True), model.encoder(X))


@pytest.mark.parametrize(
    ("regularizer", "measure"),
    [
        (networks.Sparsity(1.0), lambda model, X: np.abs(model.encoder(X)).sum()),
        (
            networks.Contractive(0.1),
            lambda model, X: networks.Contractive(1.0).penalty(tf.constant(X), None, model.encoder),
        ),
    ],
    ids=["sparsity", "contractive"],
)
def test_a_regulariser_does_what_it_is_for(regularizer, measure):
    def fitted(regularizer):
        network = networks.Dense((16,), regularizer=regularizer)
        clusterer = AutoencoderKMeans(
            3, network=network, pretrain_epochs=30, batch_size=64, random_state=0
        )
        return clusterer.fit(DIGITS.X[:300]).model_

    with_it, without = (measure(fitted(each), DIGITS.X[:300]) for each in (regularizer, None))
    assert float(with_it) < 0.5 * float(without)


def test_a_linear_autoencoder_spans_the_subspace_of_pca():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200, 6)) * [3, 2.5, 1, 0.7, 0.5, 0.3]
    X = (X - X.mean(axis=0)) @ np.linalg.qr(rng.standard_normal((6, 6)))[0]
    clusterer = AutoencoderKMeans(
        2, network=networks.Dense(()), latent_dim=2, pretrain_epochs=1500, batch_size=200
    ).set_params(learning_rate=0.01, random_state=0)
    clusterer.fit(X)
    _, singular, directions = np.linalg.svd(X, full_matrices=False)
    residual = (singular[2:] ** 2).sum() / 200
    kernel = clusterer.model_.decoder.weights[0].numpy()
    assert np.rad2deg(subspace_angles(kernel.T, directions[:2].T)).max() < 0.1
    assert clusterer.history_["pretrain_loss"][-1] == pytest.approx(residual, rel=1e-4)
    assert clusterer.history_["pretrain_loss"].min() >= residual * (1 - 1e-6)


def test_labels_are_k_means_on_the_code():
    clusterer = AutoencoderKMeans(10, hidden=(32,), pretrain_epochs=5, random_state=0)
    Z = clusterer.fit_transform(DIGITS.X)
    assert np.array_equal(Z, by_hand(clusterer.model_.encoder, DIGITS.X)) or np.allclose(
        Z, by_hand(clusterer.model_.encoder, DIGITS.X), rtol=1e-12, atol=1e-12
    )
    distances = ((Z[:, None] - clusterer.cluster_centers_) ** 2).sum(axis=2)
    assert np.array_equal(clusterer.labels_, distances.argmin(axis=1))
    inertia = distances.min(axis=1).sum()
    assert inertia == pytest.approx(KMeans(10, random_state=1).fit(Z).inertia_, rel=0.02)
    restored = clusterer.decode(clusterer.cluster_centers_)
    wanted = by_hand(clusterer.model_.decoder, clusterer.cluster_centers_)
    assert np.allclose(restored, wanted, rtol=1e-12, atol=1e-12)


def test_training_lowers_the_error_and_finds_digits():
    clusterer = AutoencoderKMeans(
        10, hidden=(128, 64), pretrain_epochs=30, batch_size=128, random_state=0
    ).fit(DIGITS.X)
    losses = clusterer.history_["pretrain_loss"]
    assert losses[-1] < 0.2 * losses[0]
    # 0.66 to 0.76 over seeds; labels at random give 0.13
    assert metrics.accuracy(DIGITS.y, clusterer.labels_) > 0.55


def test_the_training_is_the_plain_loop_of_notebook_04():
    X = DIGITS.X[:200]

    def fresh():
        return AutoencoderModel(networks.Dense((16,)), 64, 5, "float64", np.random.default_rng(0))

    plain, compiled = fresh(), training.with_adam(fresh())
    before = plain.encoder(X).numpy()
    weights, adam = plain.trainable_weights, keras.optimizers.Adam()
    rng, losses = np.random.default_rng(1), []
    for _ in range(2):
        order = rng.permutation(200)
        for x in (X[order[i : i + 64]] for i in range(0, 200, 64)):
            with tf.GradientTape() as tape:
                x_hat = plain.decoder(plain.encoder(x))
                L = tf.reduce_mean(tf.reduce_sum((x - x_hat) ** 2, axis=1))
            adam.apply(tape.gradient(L, weights), weights)
            losses.append(float(L) * len(x) / 200)
    fit = training.trainer(compiled, X, batch_size=64, sampler="permutation")
    recorded = [epoch["loss"] for epoch in fit(2, np.random.default_rng(1))]
    assert recorded == pytest.approx(np.reshape(losses, (2, 4)).sum(axis=1), rel=1e-4)
    moved = np.abs(plain.encoder(X).numpy() - before).max()
    # the two forms of Adam round differently
    assert np.allclose(plain.encoder(X), compiled.encoder(X), rtol=0, atol=1e-3 * moved)


@pytest.mark.parametrize("sampler", list(training.SAMPLERS))
def test_batches_are_drawn_anew_in_every_epoch(sampler):
    rng, draw = np.random.default_rng(0), training.SAMPLERS[sampler]
    epochs = [draw(1000, 256, rng) for _ in range(3)]
    assert not np.array_equal(epochs[0], epochs[1])
    assert not np.array_equal(epochs[1], epochs[2])
    if sampler == "permutation":
        assert all(np.array_equal(np.sort(order), np.arange(1000)) for order in epochs)
    else:
        batches = epochs[0].reshape(4, 256)
        assert all(len(np.unique(batch)) == 256 for batch in batches)
        # a row misses four draws of 256 with probability (1 - 0.256)^4 = 0.306
        assert 1 - len(np.unique(epochs[0])) / 1000 == pytest.approx(0.306, abs=0.04)


def test_every_row_is_seen_once_an_epoch():
    """By what reaches the loss: with learning rate 0 the epoch's mean loss is that of all rows."""
    clusterer = AutoencoderKMeans(
        3, hidden=(8,), pretrain_epochs=2, batch_size=128, learning_rate=0, random_state=0
    ).fit(DIGITS.X[:300])
    restored = clusterer.decode(clusterer.transform(DIGITS.X[:300]))
    wanted = ((DIGITS.X[:300] - restored) ** 2).sum(axis=1).mean()
    assert clusterer.history_["pretrain_loss"] == pytest.approx([wanted, wanted], rel=1e-13)


def test_adam_is_the_papers():
    rng = np.random.default_rng(0)
    start = rng.standard_normal(7)
    gradients = rng.standard_normal((50, 7)) * 10.0 ** rng.integers(-9, 2, size=7)
    variable, optimizer = keras.Variable(start, dtype="float64"), Adam(0.25)
    optimizer.build([variable])
    m, v, weight = np.zeros(7), np.zeros(7), start.copy()
    for t, g in enumerate(gradients, start=1):
        optimizer.apply([tf.constant(g)], [variable])
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        weight -= (
            0.25 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-7 / np.sqrt(1 - 0.999**t))
        )
    assert np.allclose(variable.numpy(), weight, rtol=1e-12, atol=1e-12)
