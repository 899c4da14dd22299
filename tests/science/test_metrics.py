"""Measures of clusterings."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import AgglomerativeClustering

from dkm import KMeans, MiniBatchKMeans, metrics

labels = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30)


@settings(max_examples=200, deadline=None)
@given(labels)
def test_accuracy_is_the_best_of_all_matchings(pairs):
    y_true, y_pred = np.array(pairs).T
    best = max(np.mean(np.array(p)[y_pred] == y_true) for p in permutations(range(4)))
    assert metrics.accuracy(y_true, y_pred) == pytest.approx(best)


@settings(max_examples=100, deadline=None)
@given(labels, st.permutations(range(4)))
def test_names_of_clusters_do_not_matter(pairs, names):
    y_true, y_pred = np.array(pairs).T
    for score in (metrics.accuracy, metrics.nmi, metrics.ari, metrics.purity):
        renamed = 10 * np.array(names)[y_pred] - 7
        assert score(y_true, y_pred) == pytest.approx(score(y_true, renamed))


@pytest.mark.parametrize(
    ("y_true", "y_pred", "expected"),
    [
        ([0, 0, 1, 1], [5, 5, 2, 2], 1),
        ([0, 0, 1, 1], [0, 1, 2, 3], 0.5),  # clusters left over count as wrong
        ([0, 1, 2, 3], [0, 0, 0, 0], 0.25),  # so do classes left over
    ],
)
def test_accuracy_by_hand(y_true, y_pred, expected):
    assert metrics.accuracy(y_true, y_pred) == expected


def test_nmi_and_ari_by_hand():
    y_true, y_pred = [0, 0, 1, 1], [0, 0, 1, 2]
    # entropies ln 2 and 1.5 ln 2, mutual information ln 2
    assert metrics.nmi(y_true, y_pred) == pytest.approx(1 / 1.25)
    # of 6 pairs 1 is together in both, 2 and 1 in one: (1 - 1/3) / (3/2 - 1/3)
    assert metrics.ari(y_true, y_pred) == pytest.approx((1 - 1 / 3) / (3 / 2 - 1 / 3))


@pytest.mark.parametrize(
    ("y_true", "y_pred", "message"),
    [
        ([0, 1], [0], "y_true has length 2, but y_pred has length 1"),
        ([], [], r"y_true has shape \(0,\)"),
        ([[0, 1]], [[0, 1]], r"y_true has shape \(1, 2\)"),
        ([0, 1], [0.5, 1], "y_pred has dtype float64, but labels must be integers"),
        (["a", "b"], [0, 1], "y_true has dtype <U1"),
    ],
)
def test_bad_labels(y_true, y_pred, message):
    for score in (metrics.accuracy, metrics.nmi, metrics.ari, metrics.purity):
        with pytest.raises(ValueError, match=message):
            score(y_true, y_pred)


@settings(max_examples=100, deadline=None)
@given(labels)
def test_purity_lets_every_cluster_choose_its_class(pairs):
    y_true, y_pred = np.array(pairs).T
    right = sum(np.bincount(y_true[y_pred == k]).max() for k in set(y_pred))
    assert metrics.purity(y_true, y_pred) == pytest.approx(right / len(pairs))
    assert metrics.purity(y_true, y_pred) >= metrics.accuracy(y_true, y_pred)
    assert metrics.purity(y_true, np.arange(len(pairs))) == 1


LINE = np.array([[0.0], [1.0], [4.0], [6.0]])
HALVES = [7, 7, 3, 3]


def test_silhouette_by_hand():
    # a = 1, 1, 2, 2 and b = (4 + 6) / 2, (3 + 5) / 2, (4 + 3) / 2, (6 + 5) / 2
    expected = np.mean([(5 - 1) / 5, (4 - 1) / 4, (3.5 - 2) / 3.5, (5.5 - 2) / 5.5])
    assert metrics.silhouette(LINE, HALVES) == pytest.approx(expected)


def test_silhouette_of_a_sample_is_near_that_of_all():
    X, y = two_groups(400)
    whole = metrics.silhouette(X, y)
    parts = [metrics.silhouette(X, y, max_rows=100, random_state=s) for s in range(5)]
    assert len(set(parts)) == 5
    assert np.mean(parts) == pytest.approx(whole, abs=0.05)
    assert metrics.silhouette(X, y, max_rows=100, random_state=3) == parts[3]


def test_dunn_by_hand():
    assert metrics.dunn(LINE, HALVES) == pytest.approx(3 / 2)
    assert metrics.dunn(LINE, [0, 1, 0, 1]) == pytest.approx(1 / 5)
    assert metrics.dunn(LINE, range(4)) == np.inf


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 5))
def test_dunn_is_its_definition(seed, k):
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((20, 3)), rng.permutation(20) % k
    pairs = [(i, j) for i in range(20) for j in range(20)]
    gap = min(np.linalg.norm(X[i] - X[j]) for i, j in pairs if y[i] != y[j])
    wide = max(np.linalg.norm(X[i] - X[j]) for i, j in pairs if y[i] == y[j])
    assert metrics.dunn(X, y) == pytest.approx(gap / wide)


def test_dunn_in_blocks_is_dunn(monkeypatch):
    X, y = two_groups(300)
    whole = metrics.dunn(X, y)
    chunked = metrics.pairwise_distances_chunked
    monkeypatch.setattr(
        metrics, "pairwise_distances_chunked", lambda X, **o: chunked(X, working_memory=0.1, **o)
    )
    assert metrics.dunn(X, y) == whole


def two_groups(n, apart=8.0, seed=0):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    return rng.standard_normal((n, 2)) + apart * y[:, None], y


def test_stability_is_one_where_groups_are_apart_and_less_where_there_are_none():
    apart, _ = two_groups(200)
    round_cloud, _ = two_groups(200, apart=0)
    assert (metrics.stability(KMeans(2), apart) == 1).all()
    assert metrics.stability(KMeans(3), round_cloud).mean() < 0.8


def test_stability_repeats_and_leaves_the_clusterer_alone():
    X, _ = two_groups(100, apart=2)
    clusterer = KMeans(3, n_init=1, random_state=5)
    values = metrics.stability(clusterer, X, n_pairs=4, random_state=1)
    assert values.shape == (4,)
    assert (values == metrics.stability(clusterer, X, n_pairs=4, random_state=1)).all()
    assert (values != metrics.stability(clusterer, X, n_pairs=4, random_state=2)).any()
    assert not hasattr(clusterer, "labels_")
    assert clusterer.random_state == 5


def test_the_halves_share_no_row():
    X = np.arange(11.0)[:, None]
    seen = []

    class Spy(KMeans):
        def fit(self, X, y=None):
            seen.append(set(X[:, 0]))
            return super().fit(X)

    metrics.stability(Spy(2), X, n_pairs=1)
    assert [len(half) for half in seen] == [5, 6]
    assert seen[0] | seen[1] == set(X[:, 0])


def test_agreement_is_symmetric_with_itself_on_the_diagonal():
    X, _ = two_groups(60, apart=3)
    found = {
        "K-Means": KMeans(2, random_state=0).fit_predict(X),
        "mini-batch": MiniBatchKMeans(2, random_state=0).fit_predict(X),
        "Ward": AgglomerativeClustering(2).fit_predict(X),
    }
    table = metrics.agreement(found)
    np.testing.assert_array_equal(table, table.T)
    np.testing.assert_array_equal(np.diag(table), 1)
    assert table[0, 2] == metrics.ari(found["K-Means"], found["Ward"])
    by_nmi = metrics.agreement(found, metrics.nmi)
    assert by_nmi[0, 1] == pytest.approx(metrics.nmi(found["K-Means"], found["mini-batch"]))


def test_evaluate_is_all_measures_of_one_clustering():
    X, y = two_groups(100, apart=3)
    model = KMeans(4, random_state=0).fit(X)
    row = metrics.evaluate(X, model.labels_, y)
    assert row["n_clusters"] == 4
    assert row["smallest"] == np.bincount(model.labels_).min()
    assert row["inertia"] == pytest.approx(model.inertia_)
    assert row["silhouette"] == metrics.silhouette(X, model.labels_)
    assert row["dunn"] == metrics.dunn(X, model.labels_)
    for name in ("accuracy", "nmi", "ari", "purity"):
        assert row[name] == getattr(metrics, name)(y, model.labels_)
    assert "accuracy" not in metrics.evaluate(X, model.labels_)


@pytest.mark.parametrize("labels", [[0, 0, 0, 0], [0, 1, 2, 3]])
def test_evaluate_leaves_open_what_is_not_defined(labels):
    row = metrics.evaluate(LINE, labels)
    assert np.isnan(row["silhouette"])
    assert np.isnan(row["dunn"])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: metrics.silhouette(LINE, [0, 0, 0, 0]), "labels has a single cluster"),
        (lambda: metrics.silhouette(LINE, [0, 1, 2, 3]), "4 clusters of one point each"),
        (lambda: metrics.silhouette(LINE, [0, 1]), "labels has length 2, but X has n_samples=4"),
        (lambda: metrics.dunn(LINE, [0, 0, 0, 0]), "labels has a single cluster"),
        (lambda: metrics.dunn(LINE * np.nan, HALVES), "NaN"),
        (lambda: metrics.evaluate(LINE, HALVES, [0, 1]), "y_true has length 2, but y_pred has"),
        (lambda: metrics.stability(KMeans(2), LINE[:3]), "minimum of 4"),
        (lambda: metrics.stability(KMeans(3), LINE), "n_clusters=3, but X has n_samples=2"),
        (lambda: metrics.stability(KMeans(2), LINE, n_pairs=0), "n_pairs=0 is too small"),
    ],
)
def test_bad_input_of_measures(call, message):
    with pytest.raises(ValueError, match=message):
        call()
