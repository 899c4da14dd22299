"""How many clusters, and whether there are any."""

from itertools import islice

import numpy as np
import pytest

from dkm import KMeans, datasets, metrics
from dkm.evaluation import choose_k

QUICK = {"n_clusters": range(2, 7), "max_pairs": 12, "max_null_sets": 15}
NAMES = ["none", "borderline", "weak", "moderate", "strong"]


def groups(k, n=40, apart=6.0, d=3, seed=0):
    rng = np.random.default_rng(seed)
    centers = apart * np.eye(max(k, d))[:k, :]
    return np.concatenate([rng.standard_normal((n, centers.shape[1])) + c for c in centers])


@pytest.mark.parametrize("k", [2, 3, 4])
def test_planted_groups_are_counted(k):
    found, degree, sentence = choose_k.suggest(choose_k.evidence(groups(k), **QUICK))
    assert (found, degree) == (k, "strong")
    assert sentence.startswith(f"Strong evidence for {k} clusters. k = {k}: silhouette")


TABLES = {
    "square": lambda rng: rng.random((200, 2)),
    "round": lambda rng: rng.standard_normal((200, 4)),
    "long": lambda rng: rng.standard_normal((200, 2)) * [12, 1],
    "skewed": lambda rng: np.exp(rng.standard_normal((200, 2))),
    "corner": lambda rng: rng.exponential(size=(200, 2)),
    "rod": lambda rng: rng.random((200, 2)) * [12, 1],
}


@pytest.mark.thorough
@pytest.mark.parametrize("name", TABLES)
def test_there_is_no_evidence_for_clusters_in_a_cloud(name):
    degrees = [
        choose_k.suggest(choose_k.evidence(TABLES[name](np.random.default_rng(s)), **QUICK)).degree
        for s in range(3)
    ]
    assert {*degrees} <= {"none", "borderline"}
    assert degrees.count("none") >= 2


def test_a_long_cloud_is_stable_all_the_same():
    # What stability alone would take for two clusters.
    found = choose_k.evidence(TABLES["long"](np.random.default_rng(0)), n_clusters=[2])
    weak = choose_k.DEGREES[1]
    assert found["stability"][0] > weak.stability
    assert found["separation"][0] < weak.separation
    assert choose_k.suggest(found).degree == "none"


def test_halves_of_moons_are_weakly_supported_but_not_the_two_moons():
    moons = datasets.load("moons").X
    k, degree, _ = choose_k.suggest(choose_k.evidence(moons, n_clusters=range(2, 7)))
    assert k != 2
    assert degree in ("borderline", "weak")


def test_evidence_is_what_it_says():
    X = groups(3)
    found = choose_k.evidence(X, n_clusters=[3, 5], random_state=1)
    assert found["k"].tolist() == [3, 5]
    assert {len(values) for values in found.values()} == {2}
    model = KMeans(3, random_state=0).fit(X)
    assert found["inertia"][0] == pytest.approx(model.inertia_)
    assert found["silhouette"][0] == pytest.approx(metrics.silhouette(X, model.labels_))
    for name in choose_k.MEASURES:
        assert (found[name + "_low"] <= found[name]).all()
        assert (found[name] <= found[name + "_high"]).all()


def test_with_one_kind_of_null_data_margin_and_separation_are_its_own():
    found = choose_k.evidence(groups(3), n_clusters=[2, 3], kinds=["box"])
    np.testing.assert_allclose(found["margin"], found["silhouette"] - found["null"])
    deviations = found["margin"] / found["separation"]
    np.testing.assert_allclose(deviations, deviations[0])  # pooled over k


def test_the_closest_kind_of_null_data_decides():
    X = TABLES["skewed"](np.random.default_rng(0))
    every = choose_k.evidence(X, n_clusters=[3], max_null_sets=5)
    for kind in ("normal", "box"):
        alone = choose_k.evidence(X, n_clusters=[3], kinds=[kind], max_null_sets=5)
        assert alone["separation"][0] > 5 > 3 > every["separation"][0]


def test_the_same_draws_give_the_same_result():
    X = groups(3, apart=4)
    one, other = (choose_k.evidence(X, [2, 3], random_state=3) for _ in range(2))
    for name in one:
        np.testing.assert_array_equal(one[name], other[name])
    another = choose_k.evidence(X, [2, 3], random_state=4)
    assert (one["stability"] != another["stability"]).any()


def test_iterators_serve_as_well():
    X = groups(2)
    one = choose_k.evidence(X, [2, 3], kinds=["box"], max_pairs=6)
    other = choose_k.evidence(X, iter([2, 3]), kinds=iter(["box"]), max_pairs=6)
    np.testing.assert_array_equal(one["margin"], other["margin"])


def test_where_the_answer_is_clear_no_more_is_drawn():
    found = choose_k.evidence(groups(3, apart=12), n_clusters=range(2, 7))
    assert choose_k.suggest(found)[:2] == (3, "strong")
    rest = found["k"] >= 3  # two of the three could be one cluster
    assert (found["pairs"][rest] == choose_k.PAIRS).all()
    assert (found["null_sets"][found["k"] > 3] == choose_k.NULL_SETS).all()


@pytest.mark.parametrize(("max_pairs", "max_null_sets"), [(2, 5), (9, 7)])
def test_near_a_limit_more_is_drawn_within_the_budget(max_pairs, max_null_sets):
    budget = {"max_pairs": max_pairs, "max_null_sets": max_null_sets}
    found = choose_k.evidence(datasets.load("moons").X, n_clusters=range(2, 7), **budget)
    assert found["pairs"].max() == max_pairs
    assert found["null_sets"].max() == max_null_sets
    assert found["pairs"].min() == min(max_pairs, choose_k.PAIRS)
    assert found["null_sets"].min() == choose_k.NULL_SETS


def test_more_draws_narrow_the_interval():
    X = datasets.load("moons").X
    few, many = (choose_k.evidence(X, [6], max_pairs=n) for n in (6, 60))
    assert many["pairs"] > few["pairs"]
    width = [each["stability_high"] - each["stability_low"] for each in (few, many)]
    assert width[1] < width[0] / 2


SEEDS = {
    "blobs": lambda: datasets.load("blobs").X,
    "iris": lambda: datasets.load("iris").X,
    "moons": lambda: datasets.load("moons").X,
    "cloud": lambda: TABLES["round"](np.random.default_rng(0)),
}


@pytest.mark.thorough
@pytest.mark.parametrize("name", SEEDS)
def test_the_degree_hardly_depends_on_the_seed(name):
    X = SEEDS[name]()
    found = [choose_k.evidence(X, range(2, 7), random_state=seed) for seed in range(5)]
    levels = [NAMES.index(choose_k.suggest(each).degree) for each in found]
    assert max(levels) - min(levels) <= 1


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
    cloud = np.concatenate([*islice(choose_k.null_data(X, rng, "peak"), 5)])
    np.testing.assert_allclose(np.quantile(cloud[:, 0], [0.5, 0.95]), [0.69, 3.0], rtol=0.1)
    assert np.mean((gap > 5) & (gap < 15)) == 0
    assert np.mean((cloud[:, 1] > 5) & (cloud[:, 1] < 15)) > 0.2


@pytest.mark.parametrize("kind", ["normal", "box"])
def test_null_data_have_the_extent_of_the_data(kind):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((2000, 3)) @ np.diag([5.0, 2, 1]) @ rng.standard_normal((3, 3)) + 9
    cloud = np.concatenate([*islice(choose_k.null_data(X, rng, kind), 20)])
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
    X = groups(2, n=25, apart=20, d=60)
    assert choose_k.suggest(choose_k.evidence(X, **QUICK))[0] == 2


@pytest.mark.parametrize("n", [1, 5, 7])
def test_too_few_rows(n):
    found = choose_k.evidence(np.random.default_rng(0).random((n, 2)))
    k, degree, sentence = choose_k.suggest(found)
    assert (k, degree) == (0, "none")
    assert "too few rows" in sentence


@pytest.mark.filterwarnings("error")
def test_rows_that_are_all_equal():
    k, degree, sentence = choose_k.suggest(choose_k.evidence(np.ones((40, 3)), **QUICK))
    assert (k, degree) == (0, "none")
    assert "All rows are identical" in sentence


@pytest.mark.filterwarnings("error")
def test_three_different_rows_repeated_are_three_clusters():
    X = np.repeat(np.array([[0.0, 0], [0, 9], [9, 0]]), 20, axis=0)
    assert choose_k.suggest(choose_k.evidence(X, **QUICK))[0] == 3


def made(stability, separation=9, margin=0.2, silhouette=(0.2, 0.3, 0.4), wide=0.02):
    """Evidence for k = 2, 3, 4; the intervals reach as far as `wide` on either side."""
    found = {"k": np.array([2, 3, 4]), "silhouette": np.array(silhouette), "null": np.full(3, 0.1)}
    measures = {"stability": stability, "separation": separation, "margin": margin}
    for name, value in measures.items():
        values, width = np.broadcast_to(value, 3), 20 * wide if name == "separation" else wide
        found |= {name: values, name + "_low": values - width, name + "_high": values + width}
    return found


@pytest.mark.parametrize(
    ("found", "k", "degree", "words"),
    [
        (made((0.95, 0.95, 0.2)), 3, "strong", "Strong evidence for 3 clusters. k = 3:"),
        (made((0.85, 0.85, 0.75)), 3, "moderate", "Moderate evidence for 3 clusters. k = 3:"),
        (made((0.95, 0.85, 0.75)), 2, "strong", "Strong evidence for 2 clusters. k = 2:"),
        (made((0.5, 0.6, 0.75)), 4, "weak", "Weak evidence for 4 clusters. k = 4:"),
        (made(0.95, margin=0.07), 4, "moderate", "Moderate evidence for 4 clusters."),
        (made(0.95, margin=0.03), 4, "weak", "Weak evidence for 4 clusters."),
        (made((0.1, 0.69, 0.1)), 3, "borderline", "clusters or chance (none to weak). k = 3:"),
        (made((0.1, 0.71, 0.1)), 3, "borderline", "clusters or chance (none to weak). k = 3:"),
        (made(0.95, separation=3.1), 4, "borderline", "clusters or chance (none to strong)."),
        (made((0.95, 0.2, 0.2), (1, 9, 9)), 4, "none", "would be divided differently. k = 4:"),
        (made(0.95, separation=1), 4, "none", "as well separated in null data. k = 4:"),
        (made((0.1, 0.81, 0.1)), 3, "moderate", "On the border between weak and moderate."),
    ],
)
def test_each_degree_its_k_and_its_sentence(found, k, degree, words):
    assert choose_k.most_supported(found) == (k, degree)
    suggested, told, sentence = choose_k.suggest(found)
    assert (suggested, told) == (0 if degree in ("none", "borderline") else k, degree)
    assert f"k = {k}:" in sentence
    assert words in sentence


def test_of_equally_good_silhouettes_the_more_stable_k_is_taken():
    found = made((0.97, 0.99, 0.95), silhouette=(0.3, 0.395, 0.4))
    assert choose_k.most_supported(found) == (3, "strong")
    found = made((0.97, 0.99, 0.95), silhouette=(0.3, 0.385, 0.4))
    assert choose_k.most_supported(found) == (4, "strong")


def test_levels_are_the_degrees_reached():
    found = made((0.69, 0.81, 0.95), wide=0.03)
    assert choose_k.levels(found).tolist() == [0, 2, 3]
    assert choose_k.levels(found, "_low").tolist() == [0, 1, 3]
    assert choose_k.levels(found, "_high").tolist() == [1, 2, 3]
    assert [degree.name for degree in choose_k.DEGREES] == ["none", "weak", "moderate", "strong"]


@pytest.mark.parametrize("rows", [np.ones((40, 3)), np.ones((2, 3))])
def test_without_evidence_no_k_is_supported(rows):
    assert choose_k.most_supported(choose_k.evidence(rows, **QUICK))[0] == 0


def test_many_rows_are_sampled():
    X = datasets.load("digits").X
    found = choose_k.evidence(X, n_clusters=[2], max_pairs=2, max_null_sets=5, max_rows=300)
    share = found["inertia"][0] / KMeans(2, random_state=0).fit(X).inertia_
    assert share == pytest.approx(300 / len(X), rel=0.15)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_clusters": [1]}, "n_clusters=1 is too small"),
        ({"max_pairs": 1}, "max_pairs=1 is too small"),
        ({"max_null_sets": 4}, "max_null_sets=4 is too small"),
        ({"kinds": ["box", "peek"]}, "kinds='peek' is unknown. Did you mean 'peak'"),
        ({"max_rows": 3}, "max_rows=3 is too small"),
        ({"random_state": -1}, "random_state=-1 is negative"),
    ],
)
def test_bad_parameters(options, message):
    with pytest.raises(ValueError, match=message):
        choose_k.evidence(np.ones((20, 2)), **options)
