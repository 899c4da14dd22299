"""Small tables that are included in scikit-learn."""

import numpy as np
from sklearn import datasets as sklearn_datasets

from dkm.tables.dataset import Dataset


def iris():
    """150 iris flowers of three species, four measurements in cm; included in scikit-learn."""
    return _standardised(
        "iris",
        sklearn_datasets.load_iris(),
        source="R. A. Fisher, Iris, UCI Machine Learning Repository, 1936, doi:10.24432/C56C76 "
        "(as in scikit-learn)",
    )


def wine():
    """178 wines from three cultivars, 13 chemical measurements; included in scikit-learn."""
    return _standardised(
        "wine",
        sklearn_datasets.load_wine(),
        source="S. Aeberhard and M. Forina, Wine, UCI Machine Learning Repository, 1992, "
        "doi:10.24432/C5PC7J (as in scikit-learn)",
    )


def _standardised(name, bunch, source):
    return Dataset(
        name=name,
        X=(bunch.data - bunch.data.mean(axis=0)) / bunch.data.std(axis=0),
        y=bunch.target.astype(np.int64),
        feature_names=tuple(bunch.feature_names),
        target_names=tuple(str(each) for each in bunch.target_names),
        image_shape=None,
        value_range="standard deviations from the mean of the column",
        source=source,
        licence="CC BY 4.0",
        notes="each column standardised: mean subtracted, divided by the standard deviation",
    )
