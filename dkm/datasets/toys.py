"""Points in the plane, made from fixed seeds: small enough to see what a method does."""

import numpy as np

from dkm.datasets.dataset import Dataset


def blobs():
    """300 points in the plane around 4 centres; made from a fixed seed."""
    centers = np.array([[-4.0, -2.0], [-1.0, 3.0], [3.0, 3.5], [3.5, -3.0]])
    rng = np.random.default_rng(7)
    y = np.repeat(np.arange(4), 75)
    return Dataset(
        name="blobs",
        X=centers[y] + rng.standard_normal((300, 2)),
        y=y,
        feature_names=("x", "y"),
        target_names=("lower left", "upper left", "upper right", "lower right"),
        image_shape=None,
        value_range="about -7 to 7, no unit",
        source="made here: normal around 4 centres, standard deviation 1, seed 7",
        licence="BSD-3-Clause",
        notes="75 points around each centre, as they were drawn",
    )
