"""A data set: its points, and what a user needs to know about them."""

from dataclasses import dataclass, field
from textwrap import fill

import numpy as np


class DataError(ValueError):
    """Data that cannot be found, read or used; the message says why and how to fix it."""


@dataclass(frozen=True)
class Column:
    """How one column of a file is used.

    Attributes
    ----------
    name : str
    used_as : {"numbers", "categories", "classes", "row names", "left out"}
    why : str
        The reason, what the column contains and how it was parsed.
    missing : int
        Number of missing values.
    """

    name: str
    used_as: str
    why: str
    missing: int


@dataclass(frozen=True)
class Dataset:
    """A table of points, with its origin and licence.

    Attributes
    ----------
    name : str
    X : ndarray, shape (n, d), float64 or float32
        The points; images are flattened row by row.
    y : ndarray of int, shape (n,), or None
        The class of each point, used to evaluate a clustering and never to fit it. None if the
        classes are unknown, and -1 for a row of a file whose class is missing.
    feature_names : tuple of str
    target_names : tuple of str
        Names of the classes 0, 1, and so on; empty if y is None.
    image_shape : tuple of int or None
        (height, width) if each row is an image.
    value_range : str
        Range and unit of the values in X.
    source : str
        Who created the data.
    licence : str
    notes : str
        How the data were prepared here.
    rows : ndarray of int, shape (n,), or None
        For a file: the number of each row, starting at 1 below the header.
    row_names : ndarray of str, shape (n,), or None
        For a file: the name of each row, if one of its columns holds names.
    columns : tuple of Column
        For a file: how each of its columns is used.
    recipe : dkm.tables.recipes.Recipe or None
        For a file: how to encode another file with the same columns.
    """

    name: str
    X: np.ndarray = field(repr=False)
    y: np.ndarray | None = field(repr=False)
    feature_names: tuple = field(repr=False)
    target_names: tuple
    image_shape: tuple | None
    value_range: str
    source: str
    licence: str
    notes: str
    rows: np.ndarray | None = field(default=None, repr=False)
    row_names: np.ndarray | None = field(default=None, repr=False)
    columns: tuple = field(default=(), repr=False)
    recipe: object = field(default=None, repr=False)

    def describe(self):
        """A summary in several lines of text: shape, dtype, range, classes, origin, licence."""
        n, d = self.X.shape
        images = f", images of {' x '.join(map(str, self.image_shape))}" if self.image_shape else ""
        lines = [
            f"{self.name}: {_count(n, 'point')} in {_count(d, 'dimension')}{images}, "
            f"{self.X.dtype}",
            f"values: {self.value_range}",
            f"classes: {self._classes()}",
            f"source: {self.source}",
            f"licence: {self.licence}",
            f"notes: {self.notes}",
        ]
        return "\n".join(
            fill(line, 88, subsequent_indent="    ", break_on_hyphens=False) for line in lines
        )

    def _classes(self):
        if self.y is None:
            return "unknown"
        counts = np.bincount(self.y[self.y >= 0])
        n_unknown = np.count_nonzero(self.y < 0)
        unknown = f"; {_count(n_unknown, 'point')} without a class" if n_unknown else ""
        return f"{len(counts)}, with {counts.min()} to {counts.max()} points{unknown}"


def _count(number, noun):
    return f"{number} {noun}{'' if number == 1 else 's'}"
