"""How many clusters, and whether there are any."""

import numpy as np
import pytest

from dkm import KMeans, datasets, metrics
from dkm.evaluation import choose_k

QUICK = {"n_clusters": range(2, 7), "n_pairs": 6, "n_clouds": 6}


def groups(k, n=40, apart=6.0, d=3, seed=0):
    rng = np.random.default_rng(seed)
    centers = apart * np.eye(max(k, d))[:k, :]
    return np.concatenate([rng.standard_normal((n, centers.shape[1])) + c for c in centers])


@pytest.mark.parametrize("k", [2, 3, 4])
def test_planted_groups_are_counted(k):
    found, verdict, sentence = choose_k.suggest(choose_k.evidence(groups(k), **QUICK))
    assert (found, verdict) == (k, "clusters")
    assert sentence.startswith(f"{k} clusters")


TABLES = {
    "square": lambda rng: rng.random((200, 2)),
    "round": lambda rng: rng.standard_normal((200, 4)),
    "long": lambda rng: rng.standard_normal((200, 2)) * [12, 1],
    "skewed": lambda rng: np.exp(rng.standard_normal((200, 2))),
    "corner": lambda rng: rng.exponential(size=(200, 2)),
    "rod": lambda rng: rng.random((200, 2)) * [12, 1],
}


@pytest.mark.parametrize("name", TABLES)
def test_clouds_are_called_clouds(name):
    verdicts = [
        choose_k.suggest(choose_k.evidence(TABLES[name](np.random.default_rng(s)), **QUICK))[:2]
        for s in range(3)
    ]
    assert [k for k, _ in verdicts] == [0, 0, 0]
    assert [verdict for _, verdict in verdicts].count("cloud") >= 2


def test_a_long_cloud_is_stable_all_the_same():
    # What stability alone would take for two clusters.
    found = choose_k.evidence(TABLES["long"](np.random.default_rng(0)), n_clusters=[2])
    assert found["stability"][0] > choose_k.STABLE
    assert found["clearer"][0] < choose_k.CLEAR


def test_some_data_are_neither_a_cloud_nor_stable_clusters():
    moons = datasets.load("moons").X
    assert choose_k.suggest(choose_k.evidence(moons, **QUICK))[:2] == (0, "unstable")


def test_evidence_is_what_it_says():
    X = groups(3)
    found = choose_k.evidence(X, n_clusters=[3, 5], n_pairs=4, n_clouds=3, random_state=1)
    assert found["k"].tolist() == [3, 5]
    assert {len(values) for values in found.values()} == {2}
    model = KMeans(3, random_state=0).fit(X)
    assert found["inertia"][0] == pytest.approx(model.inertia_)
    assert found["silhouette"][0] == pytest.approx(metrics.silhouette(X, model.labels_))
    again = choose_k.evidence(X, n_clusters=[3, 5], n_pairs=4, n_clouds=3, random_state=1)
    for name in found:
        np.testing.assert_array_equal(found[name], again[name])


def test_the_unit_does_not_matter():
    X = groups(3)
    one, other = (choose_k.evidence(each, **QUICK) for each in (X, 1000 * X + 5))
    assert choose_k.suggest(one)[:2] == choose_k.suggest(other)[:2]
    np.testing.assert_allclose(one["silhouette"], other["silhouette"])


@pytest.mark.parametrize("values", [[1, 2, 2, 3], [5, 1, 5], [1, 5, 2, 4, 1], [3, 3], [0, 9, 0]])
def test_unimodal_histogram_is_the_closest_of_all(values):
    x = np.repeat(np.arange(len(values)), values) * 1.0
    heights, edges = choose_k.unimodal_histogram(x)
    counts = np.histogram(x, edges)[0] / len(x)
    peak = heights.argmax()
    assert (np.diff(heights[: peak + 1]) >= -1e-12).all()
    assert (np.diff(heights[peak:]) <= 1e-12).all()
    assert heights.sum() == pytest.approx(1)
    rng = np.random.default_rng(0)
    ours = ((heights - counts) ** 2).sum()
    for _ in range(300):  # no other shape with one peak is nearer
        other = np.abs(heights + 0.05 * rng.standard_normal(len(heights)))
        top = rng.integers(len(other))
        other = np.concatenate([np.sort(other[:top]), np.sort(other[top:])[::-1]])
        assert ((other - counts) ** 2).sum() >= ours


def test_unimodal_null_data_keep_a_long_tail_and_fill_a_gap():
    rng = np.random.default_rng(0)
    tail = rng.exponential(size=1000)
    gap = np.concatenate([rng.normal(0, 1, 500), rng.normal(20, 1, 500)])
    X = np.column_stack([tail, gap])
    cloud = np.concatenate(choose_k.null_data(X, 5, rng, "peak"))
    np.testing.assert_allclose(np.quantile(cloud[:, 0], [0.5, 0.95]), [0.69, 3.0], rtol=0.1)
    assert np.mean((gap > 5) & (gap < 15)) == 0
    assert np.mean((cloud[:, 1] > 5) & (cloud[:, 1] < 15)) > 0.2


@pytest.mark.parametrize("kind", ["normal", "box"])
def test_null_data_have_the_extent_of_the_data(kind):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((2000, 3)) @ np.diag([5.0, 2, 1]) @ rng.standard_normal((3, 3)) + 9
    cloud = np.concatenate(choose_k.null_data(X, 20, rng, kind))
    assert cloud.shape == (40_000, 3)
    _, _, axes = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    along, drawn = (X - X.mean(axis=0)) @ axes.T, (cloud - X.mean(axis=0)) @ axes.T
    if kind == "normal":
        np.testing.assert_allclose(cloud.mean(axis=0), X.mean(axis=0), atol=0.2)
        np.testing.assert_allclose(np.cov(cloud.T), np.cov(X.T), atol=0.03 * X.var(axis=0).max())
    else:
        np.testing.assert_allclose(drawn.min(axis=0), along.min(axis=0), rtol=0.01)
        np.testing.assert_allclose(drawn.max(axis=0), along.max(axis=0), rtol=0.01)
        middle = (along.min(axis=0) + along.max(axis=0)) / 2
        inner = np.abs(drawn - middle) < 0.25 * np.ptp(along, axis=0)
        np.testing.assert_allclose(inner.mean(axis=0), 0.5, atol=0.02)  # as even as a box is


def test_more_columns_than_rows():
    X = groups(2, n=12, apart=20, d=60)
    assert choose_k.suggest(choose_k.evidence(X, **QUICK))[0] == 2


@pytest.mark.parametrize("n", [1, 5, 7])
def test_too_few_rows(n):
    found = choose_k.evidence(np.random.default_rng(0).random((n, 2)))
    assert choose_k.suggest(found)[:2] == (0, "too few rows")


@pytest.mark.filterwarnings("error")
def test_rows_that_are_all_equal():
    k, verdict, sentence = choose_k.suggest(choose_k.evidence(np.ones((40, 3)), **QUICK))
    assert (k, verdict) == (0, "cloud")
    assert "All rows are identical" in sentence


@pytest.mark.filterwarnings("error")
def test_three_different_rows_repeated_are_three_clusters():
    X = np.repeat(np.array([[0.0, 0], [0, 9], [9, 0]]), 20, axis=0)
    assert choose_k.suggest(choose_k.evidence(X, **QUICK))[0] == 3


@pytest.mark.parametrize(
    ("clearer", "stability", "k", "verdict"),
    [
        ((9, 9, 9), (0.9, 0.9, 0.2), 3, "clusters"),  # 4 is clearest, but not stable
        ((1, 9, 9), (0.9, 0.2, 0.2), 4, "unstable"),  # 2 is stable, but not clear
        ((1, 1, 1), (0.9, 0.9, 0.9), 4, "cloud"),
    ],
)
def test_the_most_supported_k_is_the_one_in_the_sentence(clearer, stability, k, verdict):
    found = {"k": [2, 3, 4], "silhouette": [0.1, 0.2, 0.3], "clearer": clearer, "clouds": [0] * 3}
    found = {name: np.array(values) for name, values in found.items()} | {
        "stability": np.array(stability)
    }
    assert choose_k.most_supported(found) == (k, verdict)
    suggested, told, sentence = choose_k.suggest(found)
    assert (suggested, told) == (k if verdict == "clusters" else 0, verdict)
    assert f"k = {k}:" in sentence


@pytest.mark.parametrize("rows", [np.ones((40, 3)), np.ones((2, 3))])
def test_without_evidence_no_k_is_supported(rows):
    assert choose_k.most_supported(choose_k.evidence(rows, **QUICK))[0] == 0


def test_many_rows_are_sampled():
    X = datasets.load("digits").X
    found = choose_k.evidence(X, n_clusters=[2], n_pairs=2, n_clouds=2, max_rows=300)
    share = found["inertia"][0] / KMeans(2, random_state=0).fit(X).inertia_
    assert share == pytest.approx(300 / len(X), rel=0.15)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_clusters": [1]}, "n_clusters=1 is too small"),
        ({"n_pairs": 1}, "n_pairs=1 is too small"),
        ({"n_clouds": 1}, "n_clouds=1 is too small"),
        ({"kinds": ["box", "peek"]}, "kinds='peek' is unknown. Did you mean 'peak'"),
        ({"max_rows": 3}, "max_rows=3 is too small"),
        ({"random_state": -1}, "random_state=-1 is negative"),
    ],
)
def test_bad_parameters(options, message):
    with pytest.raises(ValueError, match=message):
        choose_k.evidence(np.ones((20, 2)), **options)
