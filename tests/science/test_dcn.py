"""Deep Clustering Network against the paper's loop over codes, by hand, and its known failure."""

import numpy as np
import pytest
import tensorflow as tf

from dkm import DCN, AutoencoderKMeans, datasets, metrics, networks
from dkm.deep import dcn
from dkm.deep._core import training
from dkm.deep._core.base import nearest
from dkm.deep.dcn import DCNModel, running_means

DIGITS = datasets.load("digits")
RNG = np.random.default_rng(0)
X = RNG.random((40, 6))
CENTERS = RNG.standard_normal((4, 3))
LABELS = RNG.integers(4, size=40)
ROWS = np.array([3, 17, 4, 39, 21, 0, 8, 30, 12])


def squared_distances(codes, centers):
    return ((codes[:, None] - centers) ** 2).sum(axis=2)


@pytest.fixture
def model():
    """Ready to cluster; the clusters of its rows are random, not those of the nearest centres."""
    form = {"network": networks.Dense((5,)), "n_features": 6, "latent_dim": 3, "dtype": "float64"}
    model = training.with_adam(DCNModel(4, 10_000, rng=np.random.default_rng(1), **form))
    model.assigned = tf.Variable(tf.zeros(40, tf.int64))
    model.start_clustering(CENTERS, 0.7, LABELS)
    return model


def step(model, rows=ROWS):
    model.train_step((tf.constant(X[rows]), tf.constant(rows)))


@pytest.mark.parametrize("count", [0, 1, 100])
def test_a_batch_at_once_is_the_papers_loop_over_its_codes(count):
    codes, labels = RNG.standard_normal((50, 3)), RNG.integers(3, size=50)  # none in cluster 3
    counts = np.array([count, count + 7, count, count], float)
    found = running_means(*map(tf.constant, (CENTERS, counts, codes, labels)))
    centers, counts = CENTERS.copy(), counts.copy()
    for z, k in zip(codes, labels, strict=True):
        counts[k] += 1
        centers[k] -= (centers[k] - z) / counts[k]
    assert np.allclose(found[0], centers, rtol=1e-12, atol=1e-14)
    assert np.array_equal(found[1], counts)
    assert np.array_equal(found[0][3], CENTERS[3])


def test_a_pass_from_counts_of_zero_gives_the_means(model):
    model.start_clustering(CENTERS, 0.7, LABELS, count=0)
    codes = 20 * model.encoder(X).numpy()
    for rows in np.split(RNG.permutation(40), 4):
        model.follow(tf.constant(codes[rows]), tf.constant(rows))
    labels = model.assigned.numpy()
    assert np.array_equal(np.bincount(labels, minlength=4), model.counts.numpy())
    for k in set(labels):
        assert np.allclose(model.centers.numpy()[k], codes[labels == k].mean(axis=0), rtol=1e-12)
    assert len(set(labels)) > 1


def test_every_row_of_a_batch_is_assigned_anew_and_no_other(model):
    step(model)
    codes = model.encoder(X).numpy()
    wanted = LABELS.copy()
    wanted[ROWS] = squared_distances(codes, CENTERS).argmin(axis=1)[ROWS]
    assert np.array_equal(model.assigned.numpy(), wanted)
    assert (wanted != LABELS).sum() > 1


def test_the_loss_is_the_papers_with_the_clusters_as_they_are(model):
    H = model.encoder(X).numpy()[ROWS]
    error = ((X[ROWS] - model.decoder(H).numpy()) ** 2).sum(axis=1)
    to_center = ((H - CENTERS[LABELS[ROWS]]) ** 2).sum(axis=1)
    wanted = (error + 0.7 / 2 * to_center).mean()
    x, rows = tf.constant(X[ROWS]), tf.constant(ROWS)
    loss = float(model.compute_loss(x, y=rows, y_pred=model(x)))
    assert loss == pytest.approx(wanted, rel=1e-13)
    # new clusters never make it larger
    step(model)
    codes = model.encoder(X[ROWS]).numpy()
    D = squared_distances(codes, CENTERS)
    now = D[np.arange(len(ROWS)), model.assigned.numpy()[ROWS]]
    assert (now <= D[np.arange(len(ROWS)), LABELS[ROWS]]).all()


def test_centres_follow_the_codes_after_the_step_and_nothing_else_moves_them(model):
    before = model.encoder(X[ROWS]).numpy()
    step(model)
    codes = model.encoder(X[ROWS]).numpy()
    labels = squared_distances(codes, CENTERS).argmin(axis=1)
    assert not np.allclose(codes, before, rtol=1e-6)
    sums = np.stack([codes[labels == k].sum(axis=0) for k in range(4)])
    n = np.bincount(labels, minlength=4)[:, None]
    assert np.allclose(
        model.centers.numpy(), (100 * CENTERS + sums) / (100 + n), rtol=1e-12, atol=1e-15
    )
    assert not any(weight is model.centers for weight in model.trainable_weights)


def test_with_weight_zero_the_network_is_the_autoencoder_and_the_centres_still_follow():
    options = {"hidden": (16,), "batch_size": 100, "random_state": 0}
    pretrained = AutoencoderKMeans(5, pretrain_epochs=3, **options).fit(DIGITS.X)
    clusterer = DCN.published(5, cluster_weight=0, epochs=2, pretrain_epochs=3, **options)
    clusterer.fit(DIGITS.X)
    assert np.array_equal(clusterer.history_["pretrain_loss"], pretrained.history_["pretrain_loss"])
    seeds = np.random.default_rng(0).integers(2**63, size=4)
    rngs = [np.random.default_rng(seed) for seed in seeds]
    model = AutoencoderKMeans(5, **options)._build(DIGITS.X, rngs[0])
    train = training.trainer(model, DIGITS.X, batch_size=100, sampler="permutation")
    train(3, rngs[1])
    train(2, rngs[3])
    for a, b in zip(model.get_weights(), clusterer.autoencoder_.weights, strict=True):
        assert np.array_equal(a, b)
    assert not np.allclose(clusterer.cluster_centers_, pretrained.cluster_centers_, rtol=1e-3)
    assert clusterer.model_.counts.numpy().sum() == 5 * dcn.COUNT + 2 * 1797


def test_history_adds_up_and_nothing_of_single_rows_stays():
    clusterer = DCN.published(
        4, cluster_weight=3, hidden=(8,), pretrain_epochs=2, epochs=3, random_state=0
    )
    history = clusterer.fit(DIGITS.X[:300]).history_
    assert {name: len(values) for name, values in history.items()} == {
        "pretrain_loss": 2,
        **dict.fromkeys(("loss", "autoencoder_loss", "cluster_loss", "clusters"), 3),
        "changed": 0,
    }
    parts = history["autoencoder_loss"] + 3 * history["cluster_loss"]
    assert history["loss"] == pytest.approx(parts, rel=1e-12)
    assert clusterer.model_.assigned is None


def test_old_codes_fade_once_the_memory_is_full(model):
    """After that a centre moves by n / (memory + n) towards the mean of its n new codes."""
    model.memory = 103
    step(model)
    step(model)
    assert model.counts.numpy().max() == 103
    before = model.centers.numpy()
    step(model)
    codes = model.encoder(X[ROWS]).numpy()
    labels = squared_distances(codes, before).argmin(axis=1)
    for k in range(4):
        n, c = (labels == k).sum(), min(103, 100 + 2 * (labels == k).sum())
        if n and c == 103:
            wanted = before[k] + n / (103 + n) * (codes[labels == k].mean(axis=0) - before[k])
            assert np.allclose(model.centers.numpy()[k], wanted, rtol=1e-9)


class OneRow(DCNModel):
    """Of each batch a single row is assigned anew: so it is in the deep K-Means authors' DCN."""

    def follow(self, codes, rows):
        super().follow(codes[-1:], rows[-1:])


class OneRowDCN(DCN):
    model_class = OneRow


@pytest.mark.thorough
def test_it_moves_where_a_baseline_that_assigns_one_row_of_a_batch_stays():
    """What the method is for: codes near to their centres, in clusters that may change."""
    options = {"hidden": (128, 64), "batch_size": 128, "random_state": 0}
    start = AutoencoderKMeans(10, pretrain_epochs=30, **options).fit(DIGITS.X)

    def after(kind):
        weight = 2  # as strong as 1 in DeepKMeans
        clusterer = kind.published(
            10, cluster_weight=weight, autoencoder=start.autoencoder_, epochs=30, **options
        )
        return clusterer.fit(DIGITS.X)

    def unexplained(clusterer):
        """Share of the code's variance that is within clusters."""
        Z = clusterer.transform(DIGITS.X)
        within = squared_distances(Z, clusterer.cluster_centers_).min(axis=1).sum()
        return within / ((Z - Z.mean(axis=0)) ** 2).sum()

    right, wrong = after(DCN), after(OneRowDCN)
    assert unexplained(right) < 0.75 * unexplained(start)
    assert right.history_["autoencoder_loss"][-1] < 1.5 * start.history_["pretrain_loss"][-1]
    assert right.history_["clusters"][-1] == 10
    moved, stayed = (metrics.ari(start.labels_, each.labels_) for each in (right, wrong))
    assert moved < stayed


def test_labels_are_the_nearest_centres():
    clusterer = DCN(10, hidden=(16,), pretrain_epochs=3, epochs=3, random_state=0)
    Z = clusterer.fit_transform(DIGITS.X)
    assert np.array_equal(clusterer.labels_, nearest(Z, clusterer.cluster_centers_))
