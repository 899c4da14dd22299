"""The cluster of each row of a table, and how far the row is from the centre of its cluster.

`dkm predict` does this for new rows, by a model file. Introduced in the notebook your_data.
"""

import csv
from dataclasses import dataclass
from io import StringIO

import numpy as np

from dkm.kmeans import lloyd
from dkm.models import save_load

ROUNDING = 1e-9  # of a distance, relative: the same row read twice is not "farther"


@dataclass(frozen=True)
class Labels:
    """The cluster of each row of a table.

    Attributes
    ----------
    rows : ndarray of int, shape (n,)
        Number of the row in the file, from 1.
    row_names : ndarray of str, shape (n,), or None
        What the rows are called, where they have names.
    clusters : ndarray of int, shape (n,)
    distances : ndarray of float, shape (n,)
        To the centre of the cluster; for a deep clusterer, among the codes.
    far : ndarray of bool, shape (n,), or None
        Whether a row is farther from its centre than any row that the cluster was made from. None
        where that is not known.
    """

    rows: np.ndarray
    row_names: np.ndarray | None
    clusters: np.ndarray
    distances: np.ndarray
    far: np.ndarray | None = None

    def summary(self):
        """How many rows are in each cluster, and what to look at: a list of sentences."""
        found, counts = np.unique(self.clusters, return_counts=True)
        shares = ", ".join(f"{n} in cluster {k}" for k, n in zip(found, counts, strict=True))
        said = [f"{_rows(len(self.rows))}: {shares}."]
        if self.far is not None and self.far.any():
            said.append(
                f"Farther from the centre than any row that the cluster was made from (far = yes): "
                f"{_rows(self.far.sum())}. Look at these before you trust their cluster."
            )
        return said

    def as_csv(self):
        """The table as text, one line for each row: row, name, cluster, distance, far."""
        columns = {
            "row": self.rows.tolist(),
            "name": None if self.row_names is None else self.row_names.tolist(),
            "cluster": self.clusters.tolist(),
            "distance": [f"{distance:.6g}" for distance in self.distances],
            "far": None if self.far is None else np.where(self.far, "yes", "no").tolist(),
        }
        columns = {name: values for name, values in columns.items() if values is not None}
        text = StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
        return text.getvalue()


def _rows(number):
    return f"{number} row{'' if number == 1 else 's'}"


def label_table(model, table):
    """Label the rows of a file by a model that was made from another one with the same columns.

    Parameters
    ----------
    model : Path
        Written by `dkm.models.save`, with a recipe.
    table : Path
        In any form that `dkm.datasets.load` reads.

    Returns
    -------
    labels : Labels
    said : list of str
        What was found in the file and done about it, and how many rows each cluster got.

    Raises
    ------
    ValueError
        If the model or the table cannot be read, or columns are missing.
    """
    estimator, recipe, reach = save_load.load(model)
    if recipe is None:
        raise ValueError(
            f"{model.name} was saved without the recipe of a table, so it cannot read one. "
            "A model of `dkm report --data` has it."
        )
    from dkm.tables import loading  # here, as it loads pandas

    X, row_names, rows, notes = loading.read_new(table, recipe)
    labels = label(estimator, X, rows, row_names, reach)
    return labels, [*notes, *labels.summary()]


def label(estimator, X, rows, row_names=None, reach=None):
    """The cluster of each row, and how far the row is from its centre.

    Parameters
    ----------
    estimator : KMeans, MiniBatchKMeans or a clusterer of `dkm.deep`
        Fitted.
    X : ndarray, shape (n, d)
    rows : array-like of int, shape (n,)
        Number of each row in the file that it comes from.
    row_names : array-like of str, shape (n,), optional
    reach : ndarray, shape (n_clusters,), optional
        What `reach` gave for the rows that the estimator was fitted on.

    Returns
    -------
    Labels

    Raises
    ------
    ValueError
        If X is not a finite table with the estimator's number of features.
    """
    clusters = estimator.predict(X)
    distances = _distances(estimator, X, clusters)
    far = None if reach is None else distances > reach[clusters] * (1 + ROUNDING)
    names = None if row_names is None else np.asarray(row_names)
    return Labels(np.asarray(rows), names, clusters, distances, far)


def reach(estimator, X):
    """Greatest distance of a row to its centre, for each cluster.

    Parameters
    ----------
    estimator : KMeans, MiniBatchKMeans or a clusterer of `dkm.deep`
        Fitted.
    X : ndarray, shape (n, d)
        The rows that it was fitted on.

    Returns
    -------
    ndarray, shape (n_clusters,)
        0 for a cluster without rows.
    """
    clusters = estimator.predict(X)
    greatest = np.zeros(len(estimator.cluster_centers_))
    np.maximum.at(greatest, clusters, _distances(estimator, X, clusters))
    return greatest


def _distances(estimator, X, clusters):
    """Distance of each row, or of its code where there are codes, to its centre, shape (n,)."""
    points = estimator.transform(X) if hasattr(estimator, "decode") else X
    return lloyd.distances_to(estimator.cluster_centers_, points, clusters)
