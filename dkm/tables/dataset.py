"""What a data set is: points, and what one must know about them."""

from dataclasses import dataclass, field
from textwrap import fill

import numpy as np


class DataError(ValueError):
    """Data that cannot be had or used; the message says why, and what to do about it."""


@dataclass(frozen=True)
class Column:
    """What became of one column of a file.

    Attributes
    ----------
    name : str
    used_as : {"numbers", "categories", "classes", "row names", "left out"}
    why : str
        What was seen in it, or done with it.
    missing : int
        Number of rows without a value.
    """

    name: str
    used_as: str
    why: str
    missing: int


@dataclass(frozen=True)
class Dataset:
    """A table of points, with what one must know about it.

    Attributes
    ----------
    name : str
    X : ndarray, shape (n, d), float64 or float32
        The points; images are flattened row by row.
    y : ndarray of int, shape (n,), or None
        The class of each point, for judging a clustering; no clusterer sees it. None where none is
        known, and -1 for a row of a file that has no class.
    feature_names : tuple of str
    target_names : tuple of str
        Name of class 0, 1, and so on; empty where y is None.
    image_shape : tuple of int or None
        (height, width) where each row is an image.
    value_range : str
        What the numbers in X are: range and unit.
    source : str
        Who made the data.
    licence : str
    notes : str
        What was done to them here.
    rows : ndarray of int, shape (n,), or None
        For a file: number of each row, from 1 for the first one below the header.
    row_names : ndarray of str, shape (n,), or None
        For a file: what the rows are called, if a column says so.
    columns : tuple of Column
        For a file: what became of each of its columns.
    recipe : dkm.tables.loading.Recipe or None
        For a file: how another one with the same columns becomes such points.
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
        """Some lines of text: shape, type, range, classes, origin, licence."""
        n, d = self.X.shape
        images = f", images of {' x '.join(map(str, self.image_shape))}" if self.image_shape else ""
        said = [
            f"{self.name}: {_count(n, 'point')} in {_count(d, 'dimension')}{images}, "
            f"{self.X.dtype}",
            f"values: {self.value_range}",
            f"classes: {self._classes()}",
            f"source: {self.source}",
            f"licence: {self.licence}",
            f"notes: {self.notes}",
        ]
        return "\n".join(
            fill(line, 88, subsequent_indent="    ", break_on_hyphens=False) for line in said
        )

    def _classes(self):
        if self.y is None:
            return "not known"
        counts = np.bincount(self.y[self.y >= 0])
        unknown = np.count_nonzero(self.y < 0)
        without = f"; {_count(unknown, 'point')} without a class" if unknown else ""
        return f"{len(counts)}, with {counts.min()} to {counts.max()} points{without}"


def _count(number, what):
    return f"{number} {what}{'' if number == 1 else 's'}"
