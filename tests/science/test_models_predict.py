"""Labels of rows with their distances, and which rows are farther away than any before."""

import csv
from io import StringIO

import numpy as np
import pytest

from dkm import KMeans
from dkm.models import predict

RNG = np.random.default_rng(0)
X = RNG.standard_normal((80, 3)) + 8 * RNG.integers(0, 2, (80, 1))


@pytest.fixture(scope="module")
def kmeans():
    return KMeans(2, random_state=0).fit(X)


def read(labels):
    return list(csv.DictReader(StringIO(labels.as_csv())))


def test_distances_are_those_to_the_nearest_centre(kmeans):
    labels = predict.label(kmeans, X, np.arange(1, 81))
    assert (labels.clusters == kmeans.labels_).all()
    np.testing.assert_allclose(labels.distances, kmeans.transform(X).min(axis=1))


def test_reach_is_the_farthest_row_of_each_cluster(kmeans):
    reach = predict.reach(kmeans, X)
    nearest = kmeans.transform(X).min(axis=1)
    expected = [nearest[kmeans.labels_ == k].max() for k in range(2)]
    np.testing.assert_allclose(reach, expected)


def test_a_cluster_without_rows_reaches_nowhere():
    kmeans = KMeans(2, init=[[0.0], [100.0]], max_iter=1).fit(np.array([[0.0], [1.0]]))
    kmeans.cluster_centers_ = np.array([[0.5], [100.0]])
    reach = predict.reach(kmeans, np.array([[0.0], [1.0]]))
    assert reach.tolist() == [0.5, 0]
    far = predict.label(kmeans, np.array([[0.0], [100.0], [100.5]]), [1, 2, 3], reach=reach).far
    assert far.tolist() == [False, False, True]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("offset", [0, 1e4])
def test_no_row_is_farther_than_itself_alone_or_among_others(dtype, offset):
    points = (X + offset).astype(dtype)
    kmeans = KMeans(5, random_state=1).fit(points)
    reach = predict.reach(kmeans, points)
    rows = np.arange(len(points))
    assert not predict.label(kmeans, points, rows, reach=reach).far.any()
    assert not predict.label(kmeans, points[::-1], rows, reach=reach).far.any()
    for i in rows:
        assert not predict.label(kmeans, points[i : i + 1], [i], reach=reach).far.any()
    outside = points + 10 * np.sign(points - points.mean(axis=0))
    assert predict.label(kmeans, outside, rows, reach=reach).far.any()


def test_the_table_has_the_columns_that_are_known(kmeans):
    plain = predict.label(kmeans, X[:2], [4, 9])
    assert [list(row) for row in read(plain)] == [["row", "cluster", "distance"]] * 2
    assert [row["row"] for row in read(plain)] == ["4", "9"]
    names = ['a, "b"', "two\nlines ü"]
    full = predict.label(kmeans, X[:2], [4, 9], names, predict.reach(kmeans, X))
    rows = read(full)
    assert list(rows[0]) == ["row", "name", "cluster", "distance", "far"]
    assert [row["name"] for row in rows] == names
    assert [row["far"] for row in rows] == ["no", "no"]
    assert float(rows[0]["distance"]) == pytest.approx(full.distances[0], rel=1e-5)


def test_the_summary_counts(kmeans):
    far = X[:1] + 1000
    labels = predict.label(kmeans, np.vstack([X[:2], far]), [1, 2, 3], None, np.array([9.0, 9.0]))
    first, second = labels.summary()
    assert first.startswith("3 rows: ")
    assert sum(int(part.split()[0]) for part in first[8:].split(",")) == 3
    assert "1 row." in second
    assert len(predict.label(kmeans, X[:1], [1]).summary()) == 1


def test_rows_of_another_width_are_refused(kmeans):
    with pytest.raises(ValueError, match="2 features"):
        predict.label(kmeans, X[:, :2], range(80))
