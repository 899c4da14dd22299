"""KMeans: what must hold on any data, what scikit-learn gives, and what bad input says."""

import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.sparse import csr_array
from scipy.stats import ortho_group
from sklearn.cluster import KMeans as SklearnKMeans
from sklearn.exceptions import ConvergenceWarning

from dkm import KMeans, datasets
from dkm._util import blocks, checks
from dkm.kmeans import lloyd

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@st.composite
def problems(draw, max_rows=40):
    """Points, often equal or tied, with first centres among them."""
    n = draw(st.integers(2, max_rows))
    d = draw(st.integers(1, 4))
    values = st.sampled_from([0.0, 1.0, -1.0, 0.5, 10.0]) | st.integers(-999, 999).map(hundredths)
    X = draw(hnp.arrays(np.float64, (n, d), elements=values))
    k = draw(st.integers(1, n))
    rows = draw(st.permutations(range(n)))[:k]
    return X, X[rows]


def hundredths(i):
    return i / 100


def fit(X, C, **parameters):
    return KMeans(len(C), init=C, tol=0, **parameters).fit(X)


def half_steps(model):
    return np.column_stack([model.history_["assignment"], model.history_["update"]]).ravel()


def scale_of(X):
    """Inertia of one centre, at least 1: what rounding is relative to."""
    return max(1.0, ((X - X.mean(axis=0)) ** 2).sum(), (X**2).sum())


def blobs(rng, n=300, d=3, k=4, dtype=np.float64):
    centers = 4 * rng.standard_normal((k, d))
    return (centers[rng.integers(k, size=n)] + rng.standard_normal((n, d))).astype(dtype)


@settings(max_examples=150, deadline=None)
@given(problems())
def test_inertia_never_rises(problem):
    X, C = problem
    steps = half_steps(fit(X, C))
    assert (np.diff(steps) <= 1e-12 * scale_of(X)).all()


@settings(max_examples=150, deadline=None)
@given(problems())
def test_it_ends_at_a_fixed_point(problem):
    X, C = problem
    model = fit(X, C)
    distances = ((X[:, None] - model.cluster_centers_) ** 2).sum(axis=2)
    own = distances[np.arange(len(X)), model.labels_]
    np.testing.assert_allclose(own, distances.min(axis=1), atol=1e-12 * scale_of(X))
    np.testing.assert_allclose(model.inertia_, own.sum(), atol=1e-12 * scale_of(X))
    two = np.sort(distances, axis=1)[:, :2]
    assume(len(C) == 1 or np.diff(two).min() > 1e-9)  # no point exactly between two centres
    for k in np.unique(model.labels_):
        mean = X[model.labels_ == k].mean(axis=0)
        np.testing.assert_allclose(model.cluster_centers_[k], mean, atol=1e-12)


@settings(max_examples=100, deadline=None)
@given(problems(), st.integers(0, 2**32 - 1))
def test_as_many_clusters_as_different_rows(problem, seed):
    X, _ = problem
    different = len(np.unique(X, axis=0))
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        model = KMeans(different, init="random", n_init=1, random_state=seed).fit(X)
    assert len(np.unique(model.labels_)) == different
    assert model.inertia_ <= 1e-20 * scale_of(X)


@settings(max_examples=50, deadline=None)
@given(problems())
def test_one_cluster_is_the_total_variance(problem):
    X, _ = problem
    model = KMeans(1, random_state=0).fit(X)
    np.testing.assert_allclose(
        model.inertia_, len(X) * X.var(axis=0).sum(), rtol=1e-9, atol=1e-12 * scale_of(X)
    )


@settings(max_examples=50, deadline=None)
@given(problems(), st.data())
def test_integer_weights_repeat_rows(problem, data):
    X, C = problem
    weights = data.draw(hnp.arrays(np.int64, len(X), elements=st.integers(1, 4)))
    weighted = KMeans(len(C), init=C, tol=0, max_iter=1).fit(X, sample_weight=weights)
    repeated = KMeans(len(C), init=C, tol=0, max_iter=1).fit(np.repeat(X, weights, axis=0))
    scale = scale_of(X) * weights.max()
    for name in ("assignment", "update"):
        if len(np.unique(((X[:, None] - C) ** 2).sum(axis=2).argmin(axis=1))) == len(C):
            np.testing.assert_allclose(
                weighted.history_[name], repeated.history_[name], atol=1e-12 * scale
            )


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_weights_repeat_rows_to_the_end(dtype):
    rng = np.random.default_rng(0)
    X = blobs(rng, dtype=dtype)
    weights = rng.integers(0, 4, size=len(X))  # zero: the row is not there
    C = X[np.flatnonzero(weights)[:5]]
    weighted = KMeans(5, init=C, tol=0).fit(X, sample_weight=weights)
    repeated = KMeans(5, init=C, tol=0).fit(np.repeat(X, weights, axis=0))
    tolerance = 1e-10 if dtype == np.float64 else 1e-4
    np.testing.assert_allclose(weighted.cluster_centers_, repeated.cluster_centers_, atol=tolerance)
    np.testing.assert_array_equal(np.repeat(weighted.labels_, weights), repeated.labels_)
    np.testing.assert_allclose(weighted.inertia_, repeated.inertia_, rtol=tolerance)


def digits_without_ties():
    """Grey levels put many points exactly between two rows, and scikit-learn lets rounding decide
    where they go; ours takes the first centre. A little noise, and there is one right answer."""
    X = datasets.load("digits").X
    return X + 1e-6 * np.random.default_rng(0).standard_normal(X.shape)


@pytest.mark.parametrize("k", [2, 10, 50])
def test_labels_of_scikit_learn(k):
    X = digits_without_ties()
    for seed in range(5):
        C = X[np.random.default_rng(seed).choice(len(X), k, replace=False)]
        theirs = SklearnKMeans(k, init=C, n_init=1, tol=0).fit(X)
        ours = fit(X, C)
        np.testing.assert_array_equal(ours.labels_, theirs.labels_)
        assert ours.n_iter_ == theirs.n_iter_
        np.testing.assert_allclose(ours.inertia_, theirs.inertia_, rtol=1e-12)


def test_a_tie_goes_to_the_first_centre():
    X = datasets.load("digits").X
    C = X[np.random.default_rng(0).choice(len(X), 10, replace=False)]
    distances = ((X[:, None] - C) ** 2).sum(axis=2)
    two = np.sort(distances, axis=1)[:, :2]
    assert (two[:, 0] == two[:, 1]).any()
    with blocks.over(len(X), 74) as block_map:
        points = lloyd.prepare(X, None, block_map)
        partition = lloyd.Partition.unassigned(points, 10)
        lloyd.assign(points, partition, C)
    np.testing.assert_array_equal(partition.labels, distances.argmin(axis=1))


def test_labels_of_scikit_learn_at_its_tolerance():
    X = digits_without_ties()
    theirs = SklearnKMeans(10, init=X[:10], n_init=1, tol=1e-2).fit(X)
    ours = KMeans(10, init=X[:10], tol=1e-2).fit(X)
    assert ours.n_iter_ == theirs.n_iter_ < fit(X, X[:10]).n_iter_
    np.testing.assert_array_equal(ours.labels_, theirs.labels_)


def test_labels_of_the_textbook():
    """Every half-step against twelve independent lines."""
    X = blobs(np.random.default_rng(1))
    C = X[:4].copy()
    model = fit(X, C)
    for turn in range(model.n_iter_):
        labels = ((X[:, None] - C) ** 2).sum(axis=2).argmin(axis=1)
        J = ((X - C[labels]) ** 2).sum()
        np.testing.assert_allclose(model.history_["assignment"][turn], J, rtol=1e-10)
        C = np.array([X[labels == k].mean(axis=0) for k in range(4)])
        J = ((X - C[labels]) ** 2).sum()
        np.testing.assert_allclose(model.history_["update"][turn], J, rtol=1e-10)
    np.testing.assert_allclose(model.cluster_centers_, C, rtol=1e-10)


def test_moved_and_turned_data_have_the_same_clusters():
    rng = np.random.default_rng(2)
    X = blobs(rng)
    Q = ortho_group.rvs(3, random_state=0)
    plain, moved, turned = fit(X, X[:4]), fit(X + 100, X[:4] + 100), fit(X @ Q, X[:4] @ Q)
    np.testing.assert_array_equal(plain.labels_, moved.labels_)
    np.testing.assert_array_equal(plain.labels_, turned.labels_)
    np.testing.assert_allclose(plain.inertia_, moved.inertia_, rtol=1e-9)


def test_order_of_rows_does_not_matter():
    rng = np.random.default_rng(3)
    X = blobs(rng)
    order = rng.permutation(len(X))
    np.testing.assert_array_equal(fit(X, X[:4]).labels_[order], fit(X[order], X[:4]).labels_)


def test_float32_far_from_zero():
    """At an offset of 10 000 a float32 has three decimals left; the clusters are told apart."""
    rng = np.random.default_rng(4)
    X = blobs(rng, d=10)
    far = (X + 1e4).astype(np.float32)
    np.testing.assert_array_equal(fit(X, X[:4]).labels_, fit(far, far[:4]).labels_)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.uint8, np.float16])
def test_dtype_follows_X(dtype):
    X = np.abs(blobs(np.random.default_rng(5)) * 5).astype(dtype)
    model = KMeans(4, random_state=0).fit(X)
    wanted = np.float32 if dtype == np.float32 else np.float64
    assert model.cluster_centers_.dtype == wanted
    assert model.transform(X).dtype == wanted
    assert model.labels_.dtype == np.int32


def test_empty_cluster_gets_the_worst_served_point():
    X = np.array([[0.0], [1], [2], [30]])
    model = KMeans(2, init=[[1.0], [1000]], max_iter=1).fit(X)
    np.testing.assert_allclose(np.sort(model.cluster_centers_.ravel()), [1, 30])


def test_last_member_of_a_cluster_is_not_taken():
    X = np.array([[0.0], [1], [100]])  # 100 is far from its centre, and its only point
    model = KMeans(3, init=[[0.5], [60], [-1000]], max_iter=1, tol=0).fit(X)
    assert len(np.unique(model.labels_)) == 3


def test_fewer_different_rows_than_clusters():
    X = np.repeat([[0.1, 0.3], [1, 0.7]], 10, axis=0)
    with pytest.warns(ConvergenceWarning, match="Only 2 of n_clusters=5 clusters have points"):
        model = KMeans(5, random_state=0).fit(X)
    assert model.inertia_ < 1e-28
    assert model.n_iter_ < 5
    assert np.isfinite(model.cluster_centers_).all()


def test_more_starts_are_never_worse():
    X = datasets.load("digits").X
    J = [KMeans(10, init="random", n_init=n, random_state=0).fit(X).inertia_ for n in (1, 3, 9)]
    assert J[0] >= J[1] >= J[2]


def test_same_seed_same_labels_and_global_state_untouched():
    X = datasets.load("digits").X
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first, second, other = (KMeans(10, n_init=1, random_state=s).fit(X).labels_ for s in (5, 5, 6))
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_blocks_and_threads_change_nothing_but_rounding(monkeypatch):
    X = datasets.load("digits").X
    whole = fit(X, X[:10])
    monkeypatch.setattr(blocks, "VALUES_PER_BLOCK", 74 * 100)
    monkeypatch.setattr(blocks, "n_threads", lambda: 1)
    parts = fit(X, X[:10])
    np.testing.assert_array_equal(whole.labels_, parts.labels_)
    np.testing.assert_allclose(whole.cluster_centers_, parts.cluster_centers_, atol=1e-12)
    monkeypatch.setattr(blocks, "n_threads", lambda: 3)
    threads = fit(X, X[:10])
    np.testing.assert_array_equal(parts.cluster_centers_, threads.cluster_centers_)
    assert parts.inertia_ == threads.inertia_


def test_predict_transform_score():
    X = blobs(np.random.default_rng(6))
    model = KMeans(4, random_state=0).fit(X)
    np.testing.assert_array_equal(model.predict(X), model.labels_)
    distances = np.linalg.norm(X[:, None] - model.cluster_centers_, axis=2)
    np.testing.assert_allclose(model.transform(X), distances, atol=1e-12)
    np.testing.assert_allclose(-model.score(X), model.inertia_)
    w = np.arange(len(X))
    assert model.score(X, sample_weight=w) == pytest.approx(-(w * distances.min(axis=1) ** 2).sum())


def test_names_of_features():
    table = pd.DataFrame(blobs(np.random.default_rng(7)), columns=["a", "b", "c"])
    model = KMeans(4, random_state=0).set_output(transform="pandas").fit(table)
    assert list(model.feature_names_in_) == ["a", "b", "c"]
    assert list(model.get_feature_names_out()) == ["kmeans0", "kmeans1", "kmeans2", "kmeans3"]
    assert list(model.transform(table).columns) == ["kmeans0", "kmeans1", "kmeans2", "kmeans3"]
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(table.rename(columns={"a": "z"}))


def test_one_column_and_one_row():
    assert KMeans(2, random_state=0).fit([[0.0], [1], [10]]).labels_.tolist() in (
        [0, 0, 1],
        [1, 1, 0],
    )
    assert KMeans(1).fit([[3.0, 4]]).cluster_centers_.tolist() == [[3, 4]]


X12 = np.arange(24.0).reshape(12, 2)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_clusters": 20}, "n_clusters=20, but X has n_samples=12. Choose n_clusters between 1"),
        ({"n_clusters": 0}, "n_clusters=0 is too small. Give an integer of at least 1"),
        ({"n_clusters": 2.5}, "n_clusters=2.5 is not an integer"),
        ({"n_clusters": "3"}, "n_clusters='3' is not an integer"),
        ({"n_clusters": True}, "n_clusters=True is not an integer"),
        ({"n_init": 0}, "n_init=0 is too small"),
        ({"max_iter": -1}, "max_iter=-1 is too small"),
        ({"tol": -1e-3}, "tol=-0.001 is out of range"),
        ({"tol": np.nan}, "tol=nan is out of range"),
        ({"tol": "x"}, "tol='x' is not a number"),
        ({"init": "kmeans++"}, "init='kmeans\\+\\+' is unknown. Did you mean 'k-means\\+\\+'"),
        ({"init": np.zeros((3, 2))}, r"init has shape \(3, 2\), but n_clusters=8 and X has"),
        ({"init": np.full((8, 2), np.nan)}, "init contains NaN"),
        ({"init": np.full((8, 2), 1e300)}, r"overflow float64 \(maximum absolute value 1e\+300\)"),
        ({"init": {"a": 1}}, "is neither the name of .* nor an array of centres"),
        ({"init": None}, "init=None is neither the name of .* nor an array of centres"),
        ({"random_state": -1}, "random_state=-1 is negative"),
        ({"random_state": "a"}, "random_state='a' is not a valid random state"),
        ({"verbose": "x"}, "verbose='x' is not an integer"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises((ValueError, TypeError), match=message):
        KMeans(**parameters).fit(X12)


def _with(value, row=5, column=1):
    X = X12.copy()
    X[row, column] = value
    return X


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (_with(np.nan), r"X contains NaN, first in row 5, column 1\. Remove"),
        (_with(np.inf), r"X contains infinity \(inf\), first in row 5, column 1"),
        (np.array([["a", "b"]] * 12), "X contains text .*'a'.*Convert the column to numbers"),
        (csr_array(X12), "Sparse data was passed"),
        (X12 * 1j, "Complex data not supported"),
        (X12[0], "Expected 2D array, got 1D array"),
        (X12[:0], "Found array with 0 sample"),
        (X12[:, :0], r"0 feature\(s\) \(shape=\(12, 0\)\)"),
        (X12 * 1e200, "squared distances overflow float64. Rescale X"),
        (X12.astype(np.float32) * 1e30, "squared distances overflow float32"),
    ],
)
def test_bad_data(X, message):
    with pytest.raises((ValueError, TypeError), match=message):
        KMeans(2).fit(X)


def test_bad_value_is_named_by_its_column():
    table = pd.DataFrame(_with(np.nan), columns=["height", "weight"])
    with pytest.raises(ValueError, match=r"row 5, column 1 \('weight'\)"):
        KMeans(2).fit(table)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"when": pd.to_datetime(["2020-01-01"] * 12)},
            "Column 'when' of X contains dates or times",
        ),
        (
            {"took": pd.to_timedelta([1] * 12, unit="s")},
            "Column 'took' of X contains dates or times",
        ),
        ({"town": ["Ulm"] * 12}, "X contains text in column 'town' .*'Ulm'.*drop it"),
    ],
)
def test_a_column_that_is_no_numbers_is_named(columns, message):
    with pytest.raises(ValueError, match=message):
        KMeans(2).fit(pd.DataFrame({"height": X12[:, 0]} | columns))


@pytest.mark.parametrize("X", [None, "my.csv"])
def test_what_is_no_data_at_all(X):
    with pytest.raises(TypeError, match=r"is not data.*dkm.datasets.load\(file\).X"):
        KMeans(2).fit(X)


def test_columns_of_numbers_in_another_guise_pass():
    table = pd.DataFrame({"a": pd.array([1, 2, 3], "Int64"), "b": np.array([1, 5, 9], object)})
    assert KMeans(3, random_state=0).fit(table).inertia_ == 0


def test_large_sums_are_no_infinity():
    """The sum of these numbers overflows float32, the numbers do not."""
    X = np.full((200, 2), 1e37, np.float32)
    checks.check_finite(X)
    with pytest.raises(ValueError, match="overflow"):
        KMeans(1).fit(X * np.linspace(-1, 1, 200, dtype=np.float32)[:, None])


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.ones(5), r"sample_weight has shape \(5,\), but X has n_samples=12"),
        (-np.ones(12), "sample_weight contains NaN, infinity or negative"),
        (np.full(12, np.nan), "sample_weight contains NaN"),
        (np.zeros(12), "sample_weight is zero for every row"),
        (np.eye(12)[0], "n_clusters=2, but X has, counting only positive weights, n_samples=1"),
    ],
)
def test_bad_weights(weights, message):
    with pytest.raises(ValueError, match=message):
        KMeans(2).fit(X12, sample_weight=weights)


def test_bad_input_at_predict():
    model = KMeans(2, random_state=0).fit(X12)
    with pytest.raises(ValueError, match="X has 3 features, but KMeans is expecting 2 features"):
        model.predict(np.zeros((4, 3)))
    with pytest.raises(ValueError, match="X contains NaN, first in row 5"):
        model.transform(_with(np.nan))


def test_fits_beside_each_other_leave_the_threads_as_they_were():
    before = blocks.n_threads()
    X = blobs(np.random.default_rng(8))
    with ThreadPoolExecutor(4) as pool:
        side_by_side = list(pool.map(lambda s: KMeans(4, random_state=s).fit(X), range(20)))
    assert blocks.n_threads() == before
    alone = [KMeans(4, random_state=s).fit(X) for s in range(20)]
    for a, b in zip(alone, side_by_side, strict=True):
        np.testing.assert_array_equal(a.labels_, b.labels_)


@pytest.mark.parametrize(("dtype", "far"), [(np.float64, 1e9), (np.float32, 1e5)])
def test_one_row_far_away_spoils_no_digits(dtype, far):
    """The squared distances to the far row swallow all others; they must not meet in a sum."""
    X = blobs(np.random.default_rng(9), n=400, k=8)
    X[0] = [far, 0, 0]
    X = X.astype(dtype)
    for seed in range(4):
        model = KMeans(8, n_init=3, tol=0, random_state=seed).fit(X)
        exact = ((X - model.cluster_centers_.astype(np.float64)[model.labels_]) ** 2).sum()
        tolerance = 1e-9 if dtype == np.float64 else 1e-3
        np.testing.assert_allclose(model.inertia_, exact, rtol=tolerance)
        steps = half_steps(model)
        np.testing.assert_allclose(steps[-1], exact, rtol=tolerance)
        assert (np.diff(steps) <= tolerance * steps[:-1]).all()


def test_small_distances_in_float32_keep_their_digits():
    rng = np.random.default_rng(10)
    X = blobs(rng)
    X[:150] += 3e3
    model = KMeans(4, random_state=0).fit(X.astype(np.float32))
    exact = np.linalg.norm(
        X.astype(np.float32).astype(np.float64)[:, None] - model.cluster_centers_, axis=2
    )
    np.testing.assert_allclose(model.transform(X.astype(np.float32)), exact, rtol=1e-2, atol=1e-3)


def test_interrupt_stops_the_fit(monkeypatch):
    """Ctrl-C in the middle of a pass comes out at once, and leaves no threads behind."""
    import threading

    monkeypatch.setattr(blocks, "VALUES_PER_BLOCK", 1000)
    monkeypatch.setattr(blocks, "n_threads", lambda: 2)

    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(lloyd, "change_of_sums", interrupted)
    threads = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        KMeans(3).fit(datasets.load("digits").X)
    assert threading.active_count() == threads
