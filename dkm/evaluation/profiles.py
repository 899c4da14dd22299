"""What sets each cluster apart, in the terms of the columns of its table.

Nothing here tests whether a difference is more than chance: clusters are made to differ, so a test
on the same rows would find a difference even where there is none. `dkm.evaluation.choose_k` asks
that question. Introduced in the notebook your_data.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from dkm import labelling
from dkm._util import checks
from dkm._util.blocks import slices
from dkm.evaluation import metrics, wording

ALL = "all rows"
QUARTERS = (0.25, 0.5, 0.75)
NOTABLE = 0.5  # deviations: what J. Cohen, "Statistical power analysis", 1988, calls medium


class Part(NamedTuple):
    """A column of the table, as it stands in X; in its own units it is X * scale + center."""

    name: str
    unit: str
    categories: tuple
    place: slice
    center: float | np.ndarray = 0.0
    scale: float = 1.0


@dataclass(frozen=True)
class Profile:
    """A column of the table, cluster by cluster.

    Attributes
    ----------
    name : str
    unit : str
        Such as kg; empty where none is known.
    categories : tuple of str
        Empty for a column of numbers.
    means : ndarray, shape (k, m)
        For numbers, m = 1: the mean in each cluster, in the units of the column. For m categories:
        the share of the rows of the cluster.
    mean : ndarray, shape (m,)
        The same of all rows.
    quartiles : ndarray, shape (k + 1, 3), or None
        Of numbers: lower quartile, median, upper quartile in each cluster, and of all rows.
    deviations : ndarray, shape (k, m)
        ``means - mean``, divided by the standard deviation of all rows. For categories, whose
        columns of 0 and 1 belong together, by the square root of the sum of their variances.
    spread : float
        That standard deviation or square root, in the units of the column.
    explained : float in [0, 1]
        Share of the variance of the column that lies between the clusters. For categories this
        is Goodman and Kruskal's tau. Its mean over all columns of a standardised table is the
        share of the variance that K-Means explains.
    """

    name: str
    unit: str
    categories: tuple
    means: np.ndarray = field(repr=False)
    mean: np.ndarray = field(repr=False)
    quartiles: np.ndarray | None = field(repr=False)
    deviations: np.ndarray = field(repr=False)
    spread: float
    explained: float

    @property
    def differences(self):
        """How far each cluster is from all rows, shape (k,), in deviations, never below 0.

        The root of the sum of squared `deviations`: a column of numbers and one of categories
        compare as they do in the distances of a standardised table.
        """
        return np.sqrt((self.deviations**2).sum(axis=1))


@dataclass(frozen=True)
class Profiles:
    """All columns, cluster by cluster.

    Attributes
    ----------
    clusters : tuple of int
        The labels that occur, in order.
    sizes : tuple of int
        Rows in each.
    columns : tuple of Profile
        In the order of the table.
    """

    clusters: tuple
    sizes: tuple
    columns: tuple = field(repr=False)

    def numbers(self):
        """Mean and quartiles of the columns of numbers: a list of dict, for a table.

        One for each column and cluster, after one for all rows. Missing values count as what they
        were filled with. In a cluster of few rows these are nearly the rows themselves.
        """
        return [
            {
                "column": column.name,
                "cluster": cluster,
                "mean": float(mean),
                "lower quartile": float(low),
                "median": float(middle),
                "upper quartile": float(high),
                "deviations": float(away),
                "unit": column.unit,
            }
            for column in self.columns
            if not column.categories
            for cluster, mean, (low, middle, high), away in zip(
                (ALL, *self.clusters),
                np.append(column.mean, column.means[:, 0]),
                np.roll(column.quartiles, 1, axis=0),
                np.append(0.0, column.deviations[:, 0]),
                strict=True,
            )
        ]

    def shares(self):
        """Share of each category: a list of dict, for a table.

        One for each column, category and cluster, after one for all rows.
        """
        return [
            {
                "column": column.name,
                "category": category,
                "cluster": cluster,
                "share": float(share),
            }
            for column in self.columns
            for i, category in enumerate(column.categories)
            for cluster, share in zip(
                (ALL, *self.clusters), np.append(column.mean[i], column.means[:, i]), strict=True
            )
        ]

    def ranking(self):
        """How much of each column the clusters explain, the most first: a list of dict."""
        order = sorted(self.columns, key=lambda column: -column.explained)
        return [{"column": column.name, "explained": column.explained} for column in order]

    def apart(self, most=3):
        """What sets each cluster apart: a list of dict, for a table.

        For each cluster the columns with the largest difference from all rows, of at least
        `NOTABLE` deviations, or a sentence that says that there are none.

        Parameters
        ----------
        most : int
            Columns for each cluster.

        Returns
        -------
        list of dict
            ``cluster``, ``rows``, ``column``, ``difference`` (in deviations, from 0) and
            ``words``. A single cluster is not apart from anything: the list is empty.
        """
        checks.check_integer("most", most, at_least=1)
        if len(self.clusters) < 2:
            return []
        differences = np.array([column.differences for column in self.columns])
        found = []
        for k, cluster in enumerate(self.clusters):
            largest = np.argsort(-differences[:, k], kind="stable")[:most]
            notable = [i for i in largest if differences[i, k] >= NOTABLE]
            for i in notable or largest[:1]:
                said = wording.difference(self.columns[i], k)
                row = {"cluster": cluster, "rows": self.sizes[k], "column": self.columns[i].name}
                row["difference"] = float(differences[i, k])
                row["words"] = said if notable else f"{NONE_NOTABLE} {said}"
                found.append(row)
        return found


NONE_NOTABLE = f"no column is {NOTABLE} deviations away; the farthest is"


def profile(data, labels):
    """Describe clusters by the columns of their table.

    Parameters
    ----------
    data : dkm.datasets.Dataset
        Of a file, in the units of the file; else in those of X.
    labels : array-like of int, shape (n,)
        The cluster of each row.

    Returns
    -------
    Profiles

    Raises
    ------
    ValueError
        If there is not one integer label for each row.
    """
    X, labels = metrics.check_points(data.X, labels)
    clusters, sizes = np.unique(labels, return_counts=True)
    parts = parts_of(data)
    numeric = np.array([part.place.start for part in parts if not part.categories], dtype=int)
    members = [np.flatnonzero(labels == k) for k in clusters]
    means = np.array([X[rows].mean(axis=0, dtype=np.float64) for rows in members])
    mean = sizes @ means / len(X)
    variance = variances(X, mean)
    quartiles = np.full((len(members) + 1, 3, X.shape[1]), np.nan)
    for k, rows in enumerate([*members, np.arange(len(X))]):
        quartiles[k][:, numeric] = quartiles_of(X, rows, numeric)
    columns = [_profile(part, sizes, means, mean, variance, quartiles) for part in parts]
    return Profiles(tuple(clusters.tolist()), tuple(sizes.tolist()), tuple(columns))


def _profile(part, sizes, means, mean, variance, quartiles):
    """One column, from the figures of all columns of X."""
    at = part.place
    spread = np.sqrt(variance[at].sum())
    away = means[:, at] - mean[at]
    deviations = away / spread if spread > 0 else np.zeros_like(away)
    own, of_all = means[:, at] * part.scale + part.center, mean[at] * part.scale + part.center
    if part.categories:  # they are counts of rows: none is 0, all is 1
        own = np.rint(own * sizes[:, None]) / sizes[:, None]
        of_all = np.rint(of_all * sizes.sum()) / sizes.sum()
    return Profile(
        part.name,
        part.unit,
        part.categories,
        means=own,
        mean=of_all,
        quartiles=None if part.categories else quartiles[:, :, at.start] * part.scale + part.center,
        deviations=deviations,
        spread=float(spread * part.scale),
        explained=float((sizes @ deviations**2).sum() / sizes.sum()),
    )


def parts_of(data):
    """The columns of the table behind X, a list of Part; without a recipe, the columns of X."""
    if data.recipe is None:
        names = enumerate(data.feature_names)
        return [Part(name, "", (), slice(i, i + 1)) for i, name in names]
    parts, start = [], 0
    for column in data.recipe.columns:
        place = slice(start, start + len(column.features))
        unit, categories = getattr(column, "unit", ""), getattr(column, "categories", ())
        center = np.array(column.center)
        parts.append(Part(column.name, unit, categories, place, center, column.scale))
        start = place.stop
    return parts


def variances(X, mean):
    """Variance of each column of X about `mean`, float64, shape (d,); exactly 0 for a constant."""
    squares = sum(((X[rows] - mean) ** 2).sum(axis=0) for rows in slices(*X.shape))
    return np.where(X.min(axis=0) == X.max(axis=0), 0.0, squares / len(X))


def quartiles_of(X, rows, columns):
    """Quartiles of some rows, shape (3, number of columns), a few columns at a time."""
    blocks = slices(len(columns), len(X))
    parts = [np.quantile(X[np.ix_(rows, columns[b])], QUARTERS, axis=0) for b in blocks]
    return np.concatenate(parts, axis=1) if parts else np.empty((3, 0))


def typical(data, labels, centers, most=3):
    """The rows that are nearest to the centre of their cluster, by name and number.

    Parameters
    ----------
    data : dkm.datasets.Dataset
    labels : array-like of int, shape (n,)
    centers : array-like, shape (k, d)
        In the units of X, as in ``cluster_centers_``.
    most : int
        Rows for each cluster.

    Returns
    -------
    list of dict
        ``cluster``, ``row``, ``name`` (where rows have names) and ``distance`` (in the units of
        X), the nearest first. The row is its number in the file, from 1; for data that come from
        no file its index in X, from 0. Nothing of what is in the rows.

    Raises
    ------
    ValueError, TypeError
        If there is not one label for each row and one centre for each label.
    """
    checks.check_integer("most", most, at_least=1)
    X, labels = metrics.check_points(data.X, labels)
    centers = np.asarray(centers)
    if centers.ndim != 2 or centers.shape[1] != X.shape[1]:
        raise ValueError(
            f"centers has shape {centers.shape}, but X has n_features={X.shape[1]}. Give one "
            "centre a row, in the units of X."
        )
    if labels.min() < 0 or labels.max() >= len(centers):
        raise ValueError(
            f"labels go from {labels.min()} to {labels.max()}, but there are {len(centers)} "
            "centres. Give the centres of these labels, that of cluster 0 first."
        )
    distances = labelling.distances_to(centers, X, labels)
    order = np.argsort(distances, kind="stable")
    numbers = np.arange(len(X)) if data.rows is None else data.rows
    found = []
    for cluster in np.unique(labels):
        for i in order[labels[order] == cluster][:most]:
            row = {"cluster": int(cluster), "row": int(numbers[i])}
            if data.row_names is not None:
                row["name"] = str(data.row_names[i])
            found.append(row | {"distance": float(distances[i])})
    return found
