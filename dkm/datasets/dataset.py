"""What a data set is: points, and what one must know about them."""

from dataclasses import dataclass, field
from textwrap import fill

import numpy as np


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
