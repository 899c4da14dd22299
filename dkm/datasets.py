"""The data sets of the course, each with its origin and licence.

Everything here comes with the packages that are installed, or is made from a seed: nothing is
fetched. Introduced in notebook 01.
"""

from dataclasses import dataclass, field
from textwrap import fill

import numpy as np
from sklearn import datasets as sklearn_datasets

from dkm.checks import suggest


@dataclass(frozen=True)
class Dataset:
    """A table of points, with what one must know about it.

    Attributes
    ----------
    name : str
    X : ndarray, shape (n, d), float64
        The points; images are flattened row by row.
    y : ndarray of int, shape (n,)
        The class of each point, for judging a clustering; no clusterer sees it.
    feature_names : tuple of str
    target_names : tuple of str
        Name of class 0, 1, and so on.
    image_shape : tuple of int or None
        (height, width) where each row is an image.
    value_range : str
        What the numbers in X are: range and unit.
    source : str
        Who made the data.
    licence : str
    notes : str
        What was done to them here.
    """

    name: str
    X: np.ndarray = field(repr=False)
    y: np.ndarray = field(repr=False)
    feature_names: tuple = field(repr=False)
    target_names: tuple
    image_shape: tuple | None
    value_range: str
    source: str
    licence: str
    notes: str

    def describe(self):
        """Some lines of text: shape, type, range, classes, origin, licence."""
        n, d = self.X.shape
        counts = np.bincount(self.y)
        images = f", images of {' x '.join(map(str, self.image_shape))}" if self.image_shape else ""
        said = [
            f"{self.name}: {n} points in {d} dimensions{images}, {self.X.dtype}",
            f"values: {self.value_range}",
            f"classes: {len(counts)}, with {counts.min()} to {counts.max()} points",
            f"source: {self.source}",
            f"licence: {self.licence}",
            f"notes: {self.notes}",
        ]
        return "\n".join(
            fill(line, 88, subsequent_indent="    ", break_on_hyphens=False) for line in said
        )


def load(name):
    """A data set by its name.

    Parameters
    ----------
    name : {"digits", "blobs"}
        See `names` for what each one is.

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        If there is no data set of that name.
    """
    if not isinstance(name, str) or name not in _LOADERS:
        raise ValueError(f"No data set named {name!r}. {suggest(name, list(_LOADERS))}")
    return _LOADERS[name]()


def names():
    """The known data sets: a dict from name to one sentence."""
    return {name: loader.__doc__ for name, loader in _LOADERS.items()}


def _digits():
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


def _blobs():
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


_LOADERS = {"digits": _digits, "blobs": _blobs}
