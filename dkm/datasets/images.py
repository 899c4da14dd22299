"""Data sets of images: each row is one image, flattened row by row, in [0, 1]."""

import numpy as np
from sklearn import datasets as sklearn_datasets

from dkm.datasets.dataset import Dataset


def digits():
    """1 797 handwritten digits of 8 x 8 pixels; comes with scikit-learn."""
    bunch = sklearn_datasets.load_digits()
    return Dataset(
        name="digits",
        X=bunch.data / 16.0,
        y=bunch.target.astype(np.int64),
        feature_names=tuple(bunch.feature_names),
        target_names=tuple(str(name) for name in bunch.target_names),
        image_shape=(8, 8),
        value_range="0 (white) to 1 (black), in steps of 1/16",
        source="E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine "
        "Learning Repository, 1998, doi:10.24432/C50P49 (its test part, as in scikit-learn)",
        licence="CC BY 4.0",
        notes="divided by 16",
    )
