"""Points in the plane, made from fixed seeds: small enough to see what a method does."""

import numpy as np
from sklearn.datasets import make_circles, make_moons

from dkm.tables.dataset import Dataset


def blobs():
    """300 points in the plane around 4 centres; made from a fixed seed."""
    centers = np.array([[-4.0, -2.0], [-1.0, 3.0], [3.0, 3.5], [3.5, -3.0]])
    rng = np.random.default_rng(7)
    y = np.repeat(np.arange(4), 75)
    return _plane(
        "blobs",
        centers[y] + rng.standard_normal((300, 2)),
        y,
        target_names=("lower left", "upper left", "upper right", "lower right"),
        value_range="about -7 to 7, no unit",
        source="made here: normal around 4 centres, standard deviation 1, seed 7",
        notes="75 points around each centre, as they were drawn",
    )


def moons():
    """400 points in the plane, two half circles that interlock: no centre stands for either."""
    X, y = make_moons(400, noise=0.06, random_state=0)
    return _plane(
        "moons",
        X,
        y,
        target_names=("upper moon", "lower moon"),
        value_range="about -1.1 to 2.1, no unit",
        source="made here by scikit-learn's make_moons, noise 0.06, seed 0",
        notes="200 points on each half circle of radius 1, as they were drawn",
    )


def circles():
    """400 points in the plane, a ring around a smaller ring: both have the same centre."""
    X, y = make_circles(400, noise=0.05, factor=0.45, random_state=0)
    return _plane(
        "circles",
        X,
        y,
        target_names=("outer ring", "inner ring"),
        value_range="about -1.1 to 1.1, no unit",
        source="made here by scikit-learn's make_circles, noise 0.05, factor 0.45, seed 0",
        notes="200 points on each ring, of radius 1 and 0.45, as they were drawn",
    )


def stretched():
    """600 points in the plane, three long clouds side by side: K-Means cuts across them."""
    rng = np.random.default_rng(3)
    y = np.repeat(np.arange(3), 200)
    across = np.array([-2.0, 0.0, 2.0])
    lying = rng.standard_normal((600, 2)) * [4.0, 0.35] + np.column_stack([0 * y, across[y]])
    angle = np.deg2rad(40)  # no rescaling of the axes makes slanted clouds round
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return _plane(
        "stretched",
        lying @ turn,
        y,
        target_names=("lower cloud", "middle cloud", "upper cloud"),
        value_range="about -9 to 9, no unit",
        source="made here: normal, standard deviation 4 along and 0.35 across, seed 3",
        notes="three clouds of 200 points, 2 apart, turned by 40 degrees",
    )


def unequal():
    """700 points in the plane, a wide cloud beside two small ones: K-Means cuts off parts of it."""
    rng = np.random.default_rng(5)
    y = np.repeat(np.arange(3), [500, 100, 100])
    centers = np.array([[0.0, 0.0], [4.5, 2.5], [4.5, -2.5]])
    spread = np.array([1.8, 0.35, 0.35])
    return _plane(
        "unequal",
        centers[y] + spread[y, None] * rng.standard_normal((700, 2)),
        y,
        target_names=("wide cloud", "upper small cloud", "lower small cloud"),
        value_range="about -6 to 6, no unit",
        source="made here: normal around 3 centres, standard deviations 1.8, 0.35, 0.35, seed 5",
        notes="500, 100 and 100 points, as they were drawn",
    )


def uniform():
    """500 points spread evenly over a square: there are no clusters at all."""
    rng = np.random.default_rng(11)
    return _plane(
        "uniform",
        rng.random((500, 2)),
        np.zeros(500, dtype=np.int64),
        target_names=("all points",),
        value_range="0 to 1, no unit",
        source="made here: uniform on the unit square, seed 11",
        notes="no clusters: all points belong to one class",
    )


def gaussian():
    """500 points in one round cloud, dense in the middle: one group, nothing to divide."""
    rng = np.random.default_rng(13)
    return _plane(
        "gaussian",
        rng.standard_normal((500, 2)),
        np.zeros(500, dtype=np.int64),
        target_names=("all points",),
        value_range="about -3 to 4, no unit",
        source="made here: normal, mean 0, standard deviation 1, seed 13",
        notes="no clusters: all points belong to one class",
    )


def _plane(name, X, y, *, target_names, value_range, source, notes):
    return Dataset(
        name=name,
        X=X,
        y=y,
        feature_names=("x", "y"),
        target_names=target_names,
        image_shape=None,
        value_range=value_range,
        source=source,
        licence="BSD-3-Clause",
        notes=notes,
    )
