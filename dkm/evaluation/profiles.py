"""Cluster profiles: how each cluster differs from the rest, in terms of the table's columns.

Nothing here tests whether a difference is statistically significant. Clusters are constructed to
differ, so a test on the same rows would find differences even where there are no clusters; see
`dkm.evaluation.choose_k` for that question. Introduced in the notebook your_data.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from dkm._util import checks
from dkm._util.blocks import slices
from dkm.evaluation import metrics, wording
from dkm.kmeans import lloyd

ALL = "all rows"
QUARTILES = (0.25, 0.5, 0.75)
NOTABLE = 0.5  # deviations; a medium effect in J. Cohen, "Statistical power analysis", 1988


class TableColumn(NamedTuple):
    """A table column and its place in X; in the column's own units it is X * scale + center."""

    name: str
    unit: str
    categories: tuple
    span: slice
    center: float | np.ndarray = 0.0
    scale: float = 1.0


@dataclass(frozen=True)
class Profile:
    """Summary of one table column, by cluster.

    Attributes
    ----------
    name : str
    unit : str
        For example kg; empty if unknown.
    categories : tuple of str
        Empty for a numeric column.
    means : ndarray, shape (k, m)
        Numeric column: the mean of each cluster, in the units of the column (m = 1). Column of m
        categories: the fraction of the cluster's rows in each category.
    mean : ndarray, shape (m,)
        The same for all rows.
    quartiles : ndarray, shape (k + 1, 3), or None
        Numeric column: lower quartile, median and upper quartile of each cluster, then of all
        rows. None for categories.
    deviations : ndarray, shape (k, m)
        ``means - mean``, divided by the standard deviation over all rows. The indicator columns
        of a categorical column share one divisor, the square root of the sum of their variances.
    spread : float
        That divisor, in the units of the column.
    explained : float in [0, 1]
        Fraction of the column's variance that lies between clusters. For categories, this is
        Goodman and Kruskal's tau. Its mean over all columns of a standardised table is the
        fraction of variance explained by the clustering.
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
        """Difference between each cluster and all rows, shape (k,), in deviations, non-negative.

        The Euclidean norm of `deviations`. Numeric and categorical columns are thus compared as
        they are in the distances of a standardised table.
        """
        return np.sqrt((self.deviations**2).sum(axis=1))


@dataclass(frozen=True)
class Profiles:
    """Summaries of all columns, by cluster.

    Attributes
    ----------
    clusters : tuple of int
        The labels that occur, in ascending order.
    sizes : tuple of int
        Number of rows per cluster.
    columns : tuple of Profile
        In the order of the table.
    """

    clusters: tuple
    sizes: tuple
    columns: tuple = field(repr=False)

    def numbers(self):
        """Mean and quartiles of the numeric columns, as a list of dict (the rows of a table).

        For each column, one entry for all rows followed by one per cluster. Missing values count
        as the values imputed for them. For a small cluster these figures almost reveal
        the rows themselves.
        """
        return [
            {
                "column": column.name,
                "cluster": cluster,
                "mean": float(mean),
                "lower quartile": float(low),
                "median": float(middle),
                "upper quartile": float(high),
                "deviations": float(deviation),
                "unit": column.unit,
            }
            for column in self.columns
            if not column.categories
            for cluster, mean, (low, middle, high), deviation in zip(
                (ALL, *self.clusters),
                np.append(column.mean, column.means[:, 0]),
                np.roll(column.quartiles, 1, axis=0),
                np.append(0.0, column.deviations[:, 0]),
                strict=True,
            )
        ]

    def shares(self):
        """Fraction of rows in each category, as a list of dict (the rows of a table).

        For each column and category, one entry for all rows followed by one per cluster.
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
        """Variance explained by the clusters for each column, in descending order: list of dict."""
        order = sorted(self.columns, key=lambda column: -column.explained)
        return [{"column": column.name, "explained": column.explained} for column in order]

    def apart(self, most=3):
        """The distinguishing features of each cluster, as a list of dict (the rows of a table).

        For each cluster, the columns that differ most from all rows, by at least `NOTABLE`
        deviations, or a single entry stating that there are none.

        Parameters
        ----------
        most : int
            Maximum number of columns per cluster.

        Returns
        -------
        list of dict
            ``cluster``, ``rows``, ``column``, ``difference`` (in deviations, non-negative) and
            ``words``. Empty if there is only one cluster.
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
                words = wording.difference(self.columns[i], k)
                row = {"cluster": cluster, "rows": self.sizes[k], "column": self.columns[i].name}
                row["difference"] = float(differences[i, k])
                row["words"] = words if notable else f"{NONE_NOTABLE} {words}"
                found.append(row)
        return found


NONE_NOTABLE = f"no column differs by {NOTABLE} deviations or more; the largest difference is"


def profile(data, labels):
    """Describe clusters in terms of the columns of their table.

    Parameters
    ----------
    data : dkm.datasets.Dataset
        If it was read from a file, columns are described in the units of the file, otherwise in
        those of X.
    labels : array-like of int, shape (n,)
        Cluster of each row.

    Returns
    -------
    Profiles

    Raises
    ------
    ValueError
        If there is not exactly one integer label per row.
    """
    X, labels = metrics.check_points(data.X, labels)
    clusters, sizes = np.unique(labels, return_counts=True)
    table = table_columns(data)
    numeric = np.array([column.span.start for column in table if not column.categories], dtype=int)
    members = [np.flatnonzero(labels == k) for k in clusters]
    means = np.array([X[rows].mean(axis=0, dtype=np.float64) for rows in members])
    mean = sizes @ means / len(X)
    variance = variances(X, mean)
    quartiles = np.full((len(members) + 1, 3, X.shape[1]), np.nan)
    for k, rows in enumerate([*members, np.arange(len(X))]):
        quartiles[k][:, numeric] = quartiles_of(X, rows, numeric)
    columns = [_profile(column, sizes, means, mean, variance, quartiles) for column in table]
    return Profiles(tuple(clusters.tolist()), tuple(sizes.tolist()), tuple(columns))


def _profile(column, sizes, means, mean, variance, quartiles):
    """The profile of one column, from the statistics of all columns of X."""
    span = column.span
    spread = np.sqrt(variance[span].sum())
    differences = means[:, span] - mean[span]
    deviations = differences / spread if spread > 0 else np.zeros_like(differences)
    own = means[:, span] * column.scale + column.center
    of_all = mean[span] * column.scale + column.center
    if column.categories:  # remove rounding errors: shares are counts divided by numbers of rows
        own = np.rint(own * sizes[:, None]) / sizes[:, None]
        of_all = np.rint(of_all * sizes.sum()) / sizes.sum()
    return Profile(
        column.name,
        column.unit,
        column.categories,
        means=own,
        mean=of_all,
        quartiles=None
        if column.categories
        else quartiles[:, :, span.start] * column.scale + column.center,
        deviations=deviations,
        spread=float(spread * column.scale),
        explained=float((sizes @ deviations**2).sum() / sizes.sum()),
    )


def table_columns(data):
    """The columns of the table behind X, a list of TableColumn; without a recipe, those of X."""
    if data.recipe is None:
        names = enumerate(data.feature_names)
        return [TableColumn(name, "", (), slice(i, i + 1)) for i, name in names]
    columns, start = [], 0
    for column in data.recipe.columns:
        span = slice(start, start + len(column.features))
        unit, categories = getattr(column, "unit", ""), getattr(column, "categories", ())
        center = np.array(column.center)
        columns.append(TableColumn(column.name, unit, categories, span, center, column.scale))
        start = span.stop
    return columns


def variances(X, mean):
    """Variance of each column of X about `mean`, float64, shape (d,); exactly 0 if constant."""
    squares = sum(((X[rows] - mean) ** 2).sum(axis=0) for rows in slices(*X.shape))
    return np.where(X.min(axis=0) == X.max(axis=0), 0.0, squares / len(X))


def quartiles_of(X, rows, columns):
    """Quartiles of a subset of rows, shape (3, number of columns), a few columns at a time."""
    blocks = slices(len(columns), len(X))
    parts = [np.quantile(X[np.ix_(rows, columns[b])], QUARTILES, axis=0) for b in blocks]
    return np.concatenate(parts, axis=1) if parts else np.empty((3, 0))


def typical(data, labels, centers, most=3):
    """The rows closest to the centre of their cluster, by name and number.

    Parameters
    ----------
    data : dkm.datasets.Dataset
    labels : array-like of int, shape (n,)
    centers : array-like, shape (k, d)
        In the units of X, as in ``cluster_centers_``.
    most : int
        Number of rows per cluster.

    Returns
    -------
    list of dict
        ``cluster``, ``row``, ``name`` (if rows have names) and ``distance`` (in the units of X),
        closest first. ``row`` is the row number in the file, from 1, or the index in X, from 0,
        if the data do not come from a file. The values in the rows are not included.

    Raises
    ------
    ValueError, TypeError
        If there is not exactly one label per row and one centre per label.
    """
    checks.check_integer("most", most, at_least=1)
    X, labels = metrics.check_points(data.X, labels)
    centers = np.asarray(centers)
    if centers.ndim != 2 or centers.shape[1] != X.shape[1]:
        raise ValueError(
            f"centers has shape {centers.shape}, but X has n_features={X.shape[1]}. Give one "
            "centre per row, in the units of X."
        )
    if labels.min() < 0 or labels.max() >= len(centers):
        raise ValueError(
            f"labels range from {labels.min()} to {labels.max()}, but there are {len(centers)} "
            "centres. Give one centre per label, starting with cluster 0."
        )
    distances = lloyd.distances_to(centers, X, labels)
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
