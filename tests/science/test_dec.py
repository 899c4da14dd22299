"""DEC and IDEC against closed forms, their limits, and the errors of published versions."""

import warnings

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import softmax
from scipy.stats import entropy

from dkm import DEC, IDEC, AutoencoderKMeans, datasets, metrics, networks
from dkm.deep import dec
from dkm.deep._core import training
from dkm.deep._core.base import nearest
from dkm.deep._core.settling import Settling
from dkm.deep.dec import DECModel, StudentModel, divergence, soft_assignment, target_distribution

DIGITS = datasets.load("digits")
RNG = np.random.default_rng(0)
CODES = RNG.standard_normal((7, 3))
CENTERS = RNG.standard_normal((4, 3))
FREEDOMS = [0.5, 1.0, 3.0]
SMALL = {"hidden": (16,), "pretrain_epochs": 3, "batch_size": 100, "random_state": 0}


def differences(codes, centers):
    return codes[:, None] - centers


def q_by_hand(codes, centers, v):
    D = (differences(codes, centers) ** 2).sum(axis=2)
    t = (1 + D / v) ** (-(v + 1) / 2)
    return t / t.sum(axis=1, keepdims=True)


def p_by_hand(Q):
    f = [sum(q[k] for q in Q) for k in range(Q.shape[1])]
    P = [[q[k] ** 2 / f[k] for k in range(Q.shape[1])] for q in Q]
    return np.array([np.array(p) / sum(p) for p in P])


@pytest.mark.parametrize("v", FREEDOMS)
def test_loss_and_gradient_are_the_papers(v):
    Q = q_by_hand(CODES, CENTERS, v)
    P = p_by_hand(Q[::-1])[::-1]
    z, mu = tf.constant(CODES), tf.constant(CENTERS)
    with tf.GradientTape() as tape:
        tape.watch((z, mu))
        D = tf.reduce_sum(tf.square(z[:, None] - mu), axis=2)
        loss = divergence(tf.constant(P), D, v)
    assert np.allclose(soft_assignment(D, v), Q, rtol=1e-13)
    assert np.allclose(target_distribution(Q), P, rtol=1e-13)
    assert float(loss) == pytest.approx(entropy(P, Q, axis=1).mean(), rel=1e-12)
    # equations 4 and 5 of the paper
    weight = (v + 1) / v / (1 + D.numpy() / v) * (P - Q) / len(CODES)
    wanted = weight[:, :, None] * differences(CODES, CENTERS)
    by_codes, by_centers = tape.gradient(loss, (z, mu))
    assert np.allclose(by_codes, wanted.sum(axis=1), rtol=1e-11, atol=1e-15)
    assert np.allclose(by_centers, -wanted.sum(axis=0), rtol=1e-11, atol=1e-15)


def test_for_many_degrees_of_freedom_it_is_gaussian():
    D = (differences(CODES, CENTERS) ** 2).sum(axis=2)
    assert np.allclose(soft_assignment(tf.constant(D), 1e9), softmax(-D / 2, axis=1), rtol=1e-6)


def test_float32_is_safe_at_large_distances():
    codes = (1e3 * RNG.standard_normal((50, 3))).astype(np.float32)
    for centers in (CENTERS.astype(np.float32), codes[:4]):
        D = (differences(codes, centers) ** 2).sum(axis=2)
        for v in (0.001, 1.0, 1000.0):
            Q = soft_assignment(tf.constant(D), v).numpy()
            assert np.allclose(Q.sum(axis=1), 1, rtol=0, atol=1e-6)
            P = target_distribution(Q)
            assert np.allclose(P.sum(axis=1), 1, rtol=0, atol=1e-12)
            assert np.isfinite(divergence(tf.constant(P.astype(np.float32)), tf.constant(D), v))


def test_the_target_is_sharper_and_stays_where_all_is_said():
    Q = softmax(RNG.standard_normal((200, 5)), axis=1)
    Q = np.concatenate([np.roll(Q, k, axis=1) for k in range(5)])  # all clusters the same size
    P = target_distribution(Q)
    assert (entropy(P, axis=1) < entropy(Q, axis=1)).all()
    for fixed in (np.full((6, 3), 1 / 3), np.eye(3)[[0, 1, 2, 2]]):
        assert np.allclose(target_distribution(fixed), fixed)
    # of two clusters with the same share of a row, the smaller one gains
    P = target_distribution(np.array([[0.5, 0.5], [0.9, 0.1], [0.8, 0.2]]))
    assert P[0, 1] > 0.6


def ready(kind, X, **weights):
    form = {"network": networks.Dense((5,)), "n_features": 6, "latent_dim": 3, "dtype": "float64"}
    model = training.with_adam(kind(4, 1.0, rng=np.random.default_rng(1), **form))
    model.allocate_target(len(X), 4)
    model.start_clustering(CENTERS, **weights)
    return model


def test_the_target_is_that_of_the_whole_data_set():
    """Not that of the batch, as in some published versions: there f is the batch's."""
    X = RNG.random((600, 6))
    model = ready(DECModel, X, cluster_weight=1.0)
    model.renew(X)
    P = p_by_hand(q_by_hand(model.encoder(X).numpy(), CENTERS, 1.0))
    assert np.allclose(model.target.numpy(), P, rtol=1e-10)
    rows = np.arange(30, 50)
    H = model.encoder(X[rows])
    Q = q_by_hand(H.numpy(), CENTERS, 1.0)
    loss = float(model.cluster_loss(H, tf.constant(rows)))
    assert loss == pytest.approx(entropy(P[rows], Q, axis=1).mean(), rel=1e-9)
    assert loss != pytest.approx(entropy(p_by_hand(Q), Q, axis=1).mean(), rel=1e-3)


def test_the_weight_is_on_the_clusters():
    """Not on the restoring error, as in some published versions of IDEC."""
    X = RNG.random((20, 6))
    model = ready(StudentModel, X, cluster_weight=0.3)
    model.target.assign(RNG.dirichlet(np.ones(4), 20))
    H = model.encoder(X).numpy()
    error = ((X - model.decoder(H).numpy()) ** 2).sum(axis=1).mean()
    kl = entropy(model.target.numpy(), q_by_hand(H, CENTERS, 1.0), axis=1).mean()
    loss = model.compute_loss(tf.constant(X), y=tf.range(20, dtype=tf.int64), y_pred=model(X))
    assert float(loss) == pytest.approx(error + 0.3 * kl, rel=1e-13)


def test_without_a_weight_idec_is_given_the_papers_at_our_scale():
    """0.1 beside a mean over features is 0.1 d beside their sum."""
    clusterer = IDEC.published(4, epochs=1, **SMALL).fit(DIGITS.X)
    assert float(clusterer.model_.cluster_weight) == pytest.approx(6.4)
    history = clusterer.history_
    parts = history["autoencoder_loss"] + 6.4 * history["cluster_loss"]
    assert history["loss"] == pytest.approx(parts, rel=1e-12)
    assert float(DEC(4, epochs=1, **SMALL).fit(DIGITS.X).model_.cluster_weight) == 1


def test_with_weight_zero_idec_is_the_autoencoder_bit_for_bit():
    clusterer = IDEC(5, cluster_weight=0, epochs=2, **SMALL).fit(DIGITS.X)
    seeds = np.random.default_rng(0).integers(2**63, size=4)
    rngs = [np.random.default_rng(seed) for seed in seeds]
    model = AutoencoderKMeans(5, **SMALL)._build(DIGITS.X, rngs[0])
    train = training.trainer(model, DIGITS.X, batch_size=100, sampler="permutation")
    train(3, rngs[1])
    train(2, rngs[3])
    for a, b in zip(model.get_weights(), clusterer.autoencoder_.weights, strict=True):
        assert np.array_equal(a, b)


@pytest.mark.parametrize(("kind", "weight"), [(DEC, 1.0), (IDEC, 6.4)])
def test_a_step_moves_the_centres_downhill(kind, weight):
    """One step of Adam from rest moves each entry by the learning rate against its gradient."""
    X = DIGITS.X[:256]
    given = AutoencoderKMeans(4, hidden=(8,), pretrain_epochs=0, random_state=0).fit(X)
    start, H = given.cluster_centers_, given.transform(X)
    options = {"autoencoder": given.autoencoder_, "epochs": 1, "random_state": 0}
    moved = getattr(kind, "published", kind)(4, **options).fit(X).cluster_centers_ - start
    Q = q_by_hand(H, start, 1.0)
    D = (differences(H, start) ** 2).sum(axis=2)
    pulls = 2 / (1 + D) * (p_by_hand(Q) - Q) / len(X)
    gradient = -weight * (pulls[:, :, None] * differences(H, start)).sum(axis=0)
    wanted = -0.001 * gradient / (np.abs(gradient) + 1e-7 / np.sqrt(0.001))
    assert np.allclose(moved, wanted, rtol=1e-6, atol=1e-12)


def test_for_a_large_weight_idec_goes_where_dec_goes():
    X = RNG.random((20, 6))
    model = ready(StudentModel, X, cluster_weight=1e9)
    model.target.assign(RNG.dirichlet(np.ones(4), 20))
    rows = tf.range(20, dtype=tf.int64)
    with tf.GradientTape(persistent=True) as tape:
        H = model(X)
        losses = model.compute_loss(tf.constant(X), y=rows, y_pred=H), model.cluster_loss(H, rows)
    weights = [*model.encoder.trainable_weights, model.centers]
    of_both, of_clusters = (tape.gradient(loss, weights) for loss in losses)
    for a, b in zip(of_both, of_clusters, strict=True):
        assert np.allclose(a / 1e9, b, rtol=1e-5, atol=1e-7)


def test_dec_leaves_the_decoder_alone_and_moves_the_encoder_and_the_centres():
    pretrained = AutoencoderKMeans(5, **SMALL).fit(DIGITS.X)
    clusterer = DEC(5, epochs=2, **SMALL).fit(DIGITS.X)
    assert np.array_equal(clusterer.history_["pretrain_loss"], pretrained.history_["pretrain_loss"])
    before, after = pretrained.autoencoder_, clusterer.autoencoder_
    same = [np.array_equal(a, b) for a, b in zip(before.weights, after.weights, strict=True)]
    assert same == [False] * 4 + [True] * 4
    assert not np.allclose(clusterer.cluster_centers_, pretrained.cluster_centers_, rtol=1e-3)
    assert clusterer.model_.target is None


@pytest.fixture
def refreshes(monkeypatch):
    """At which steps a target was made."""
    steps, make = [], dec.target_distribution
    models = []

    def watched(Q):
        steps.append(int(models[0].optimizer.iterations))
        return make(Q)

    def remember(self, model, *rest):
        models.append(model)
        create(self, model, *rest)

    create = Settling.__init__
    monkeypatch.setattr(Settling, "__init__", remember)
    monkeypatch.setattr(dec, "target_distribution", watched)
    return steps


def test_a_target_is_made_every_so_many_steps_within_epochs_too(refreshes):
    """18 steps an epoch, after 54 of pretraining; the last batch of an epoch has 97 rows."""
    clusterer = DEC(5, update_interval=7, tol=0, epochs=3, **SMALL).fit(DIGITS.X)
    assert refreshes == list(range(54, 54 + 3 * 18, 7))
    assert len(clusterer.history_["changed"]) == len(refreshes) - 1
    assert len(clusterer.history_["loss"]) == 3


@pytest.mark.thorough
@pytest.mark.parametrize("kind", [DEC, IDEC])
def test_the_tolerance_stops_the_training(kind):
    """In some published versions it stops nothing, in others it stops at once."""
    options = {"update_interval": 20, "epochs": 200, **SMALL}
    clusterer = kind(5, tol=0.02, **options).fit(DIGITS.X)
    changed, steps = clusterer.history_["changed"], int(clusterer.model_.optimizer.iterations)
    assert changed[-1] < 0.02
    assert (changed[:-1] >= 0.02).all()
    assert len(changed) > 1
    assert steps == 54 + 20 * len(changed) < 54 + 200 * 18
    assert len(clusterer.history_["loss"]) == np.ceil(20 * len(changed) / 18)
    at_once = kind(5, tol=2, **options).fit(DIGITS.X)
    assert int(at_once.model_.optimizer.iterations) == 54 + 20


@pytest.mark.thorough
@pytest.mark.parametrize(("epochs", "told"), [(0, False), (2, True), (3, False)])
def test_a_target_that_is_never_made_anew_is_told(epochs, told):
    batches = -(-len(DIGITS.X) // SMALL["batch_size"])
    options = SMALL | {"update_interval": 2 * batches, "epochs": epochs}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        DEC(5, **options).fit(DIGITS.X)
    said = [str(each.message) for each in caught if "computed only once" in str(each.message)]
    assert len(said) == told
    if told:
        assert f"update_interval={2 * batches}, and training has {2 * batches} steps" in said[0]
        assert "Give more epochs" in said[0]


@pytest.mark.thorough
def test_the_share_of_changed_rows_is_between_two_targets():
    X = DIGITS.X
    options = {"update_interval": 18, "tol": 0, **SMALL}
    labels = [DEC(5, epochs=epochs, **options).fit(X).labels_ for epochs in (1, 2)]
    changed = DEC(5, epochs=3, **options).fit(X).history_["changed"]
    assert len(changed) == 2
    assert changed[1] == pytest.approx(np.mean(labels[0] != labels[1]), abs=1e-12)
    assert changed[1] > 0


@pytest.mark.parametrize("kind", [DEC, IDEC])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_probabilities_are_the_shares_and_labels_the_largest_of_them(kind, dtype):
    X = DIGITS.X.astype(dtype)
    clusterer = kind(10, degrees_of_freedom=2, epochs=2, **SMALL).fit(X)
    Q = clusterer.predict_proba(X)
    Z = clusterer.transform(X).astype(float)
    assert Q.dtype == dtype
    assert np.allclose(Q.sum(axis=1), 1, rtol=0, atol=1e-6)
    assert np.allclose(Q, q_by_hand(Z, clusterer.cluster_centers_, 2.0), rtol=1e-4, atol=1e-6)
    assert np.array_equal(clusterer.labels_, nearest(Z, clusterer.cluster_centers_.astype(float)))
    largest = Q[np.arange(len(X)), clusterer.labels_]
    assert (largest >= Q.max(axis=1) * (1 - 1e-5)).all()
    assert np.array_equal(clusterer.predict_proba(X[17:18])[0], Q[17])
    clusterer.set_output(transform="pandas")
    assert np.array_equal(clusterer.predict_proba(X), Q)


@pytest.mark.thorough
@pytest.mark.parametrize("kind", [DEC, IDEC])
def test_assignments_become_more_certain(kind):
    """What the methods are for; and IDEC alone can still restore the rows."""
    options = {"hidden": (128, 64), "batch_size": 128, "random_state": 0}
    start = AutoencoderKMeans(10, pretrain_epochs=30, **options).fit(DIGITS.X)
    Q = q_by_hand(start.transform(DIGITS.X), start.cluster_centers_, 1.0)
    options |= {"autoencoder": start.autoencoder_, "update_interval": 15}
    after = kind(10, epochs=30, **options).fit(DIGITS.X)
    certain = after.predict_proba(DIGITS.X)
    assert entropy(certain, axis=1).mean() < 0.9 * entropy(Q, axis=1).mean()  # about 0.75
    assert after.history_["clusters"][-1] == 10
    assert metrics.accuracy(DIGITS.y, after.labels_) > 0.55
    restored = after.decode(after.transform(DIGITS.X))
    error = ((DIGITS.X - restored) ** 2).sum(axis=1).mean()
    before = start.history_["pretrain_loss"][-1]
    assert error > 2 * before if kind is DEC else error < 2 * before
