"""How good a clustering is: against known classes, against itself, against another clustering.

Names of clusters carry no meaning: every function here gives the same value when the clusters are
renumbered.
"""

import itertools
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.base import BaseEstimator, clone
from sklearn.metrics import (
    adjusted_rand_score,
    normalized_mutual_info_score,
    pairwise_distances_chunked,
    silhouette_score,
)
from sklearn.metrics.cluster import contingency_matrix
from sklearn.utils import check_array

from dkm._util import checks

__all__ = [
    "accuracy",
    "agreement",
    "ari",
    "dunn",
    "evaluate",
    "nmi",
    "purity",
    "silhouette",
    "stability",
]


def accuracy(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """Share of points that are right under the best one-to-one matching of clusters to classes.

    Parameters
    ----------
    y_true : array-like of int, shape (n,)
        Class of each point.
    y_pred : array-like of int, shape (n,)
        Cluster of each point. There may be more or fewer clusters than classes; points of those
        that stay without a partner count as wrong.

    Returns
    -------
    float in [0, 1]

    Raises
    ------
    ValueError
        If the lengths differ, there is no point, or a label is no integer.

    Notes
    -----
    Solves an assignment problem on the table of counts [1]_. Introduced in notebooks 01 and 02.

    References
    ----------
    .. [1] H. W. Kuhn, "The Hungarian method for the assignment problem", 1955.
    """
    y_true, y_pred = check_labels(y_true, y_pred)
    table = contingency_matrix(y_true, y_pred)
    classes, clusters = linear_sum_assignment(table, maximize=True)
    return float(table[classes, clusters].sum() / table.sum())


def nmi(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """Normalised mutual information, by the arithmetic mean of the entropies.

    Parameters
    ----------
    y_true, y_pred : array-like of int, shape (n,)

    Returns
    -------
    float in [0, 1]
        0 when one says nothing about the other, 1 when they are the same but for names.

    Raises
    ------
    ValueError
        As in `accuracy`.
    """
    y_true, y_pred = check_labels(y_true, y_pred)
    return float(normalized_mutual_info_score(y_true, y_pred, average_method="arithmetic"))


def ari(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """Adjusted Rand index: agreement on pairs of points, corrected for chance.

    Parameters
    ----------
    y_true, y_pred : array-like of int, shape (n,)

    Returns
    -------
    float in [-0.5, 1]
        About 0 for random labels, 1 when they are the same but for names.

    Raises
    ------
    ValueError
        As in `accuracy`.

    References
    ----------
    .. [1] L. Hubert and P. Arabie, "Comparing partitions", Journal of Classification 2, 1985.
    """
    y_true, y_pred = check_labels(y_true, y_pred)
    return float(adjusted_rand_score(y_true, y_pred))


def purity(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """Share of points that are in the most frequent class of their cluster.

    Parameters
    ----------
    y_true, y_pred : array-like of int, shape (n,)

    Returns
    -------
    float in (0, 1]
        Never below `accuracy`, and 1 when every point is a cluster of its own: it cannot compare
        clusterings with different numbers of clusters.

    Raises
    ------
    ValueError
        As in `accuracy`.
    """
    y_true, y_pred = check_labels(y_true, y_pred)
    table = contingency_matrix(y_true, y_pred)
    return float(table.max(axis=0).sum() / table.sum())


def silhouette(
    X: ArrayLike,
    labels: ArrayLike,
    *,
    max_rows: int = 10_000,
    random_state: checks.RandomState = 0,
) -> float:
    r"""Mean over the points of :math:`(b - a) / \max(a, b)` [1]_.

    :math:`a` is the mean distance of a point to the others of its cluster, :math:`b` the least mean
    distance to the points of another cluster. A point alone in its cluster counts 0.

    Parameters
    ----------
    X : array-like, shape (n, d)
    labels : array-like of int, shape (n,)
        With 2 to n - 1 clusters.
    max_rows : int, default=10000
        Time grows with the square of n. Of more rows, so many are drawn at random.
    random_state : int, Generator, RandomState or None, default=0
        Source of that draw.

    Returns
    -------
    float in [-1, 1]

    Raises
    ------
    ValueError
        If there are fewer than 2 clusters or as many as points, or the lengths differ.

    References
    ----------
    .. [1] P. J. Rousseeuw, "Silhouettes: a graphical aid to the interpretation and validation of
       cluster analysis", Journal of Computational and Applied Mathematics 20, 1987.
    """
    checks.check_integer("max_rows", max_rows, at_least=3)
    rng = checks.random_generator(random_state)
    X, labels = check_points(X, labels)
    if len(X) > max_rows:
        rows = np.sort(rng.choice(len(X), max_rows, replace=False))
        X, labels = X[rows], labels[rows]
    n_clusters = check_several(labels)
    if n_clusters == len(X):
        raise ValueError(
            f"labels has {n_clusters} clusters of one point each, and the silhouette compares "
            "distances within clusters. Choose fewer clusters."
        )
    return float(silhouette_score(X, labels))


def dunn(X: ArrayLike, labels: ArrayLike) -> float:
    r"""Dunn index: least distance between clusters over greatest diameter of a cluster [1]_.

    .. math:: \frac{\min_{a_i \ne a_j} \lVert x_i - x_j \rVert}
                   {\max_{a_i = a_j} \lVert x_i - x_j \rVert}

    Parameters
    ----------
    X : array-like, shape (n, d)
    labels : array-like of int, shape (n,)
        With at least 2 clusters.

    Returns
    -------
    float
        From 0; above 1 when every two points of a cluster are nearer to each other than to any
        other cluster. Infinite when no cluster has two different points.

    Raises
    ------
    ValueError
        If there are fewer than 2 clusters, or the lengths differ.

    Notes
    -----
    Two points decide it. Time grows with the square of n; memory does not.

    References
    ----------
    .. [1] J. C. Dunn, "A fuzzy relative of the ISODATA process and its use in detecting compact
       well-separated clusters", Journal of Cybernetics 3, 1973.
    """
    X, labels = check_points(X, labels)
    check_several(labels)
    gap, diameter, start = np.inf, 0.0, 0
    for block in pairwise_distances_chunked(X, metric="euclidean"):
        same = labels[start : start + len(block), None] == labels
        gap = min(gap, block.min(where=~same, initial=np.inf))
        diameter = max(diameter, block.max(where=same, initial=0.0))
        start += len(block)
    return float(gap / diameter) if diameter else np.inf


def stability(
    clusterer: BaseEstimator,
    X: ArrayLike,
    *,
    n_pairs: int = 10,
    random_state: checks.RandomState = 0,
) -> NDArray[np.float64]:
    """How alike the clusterings are that are learnt from two halves of the same points [1]_.

    The points are cut into two halves at random. A copy of the clusterer learns from each half and
    labels all points; the value is the adjusted Rand index of the two labellings.

    Parameters
    ----------
    clusterer : estimator with ``predict``
        It is copied, not changed. Its ``random_state``, where it has one, is drawn anew each time.
    X : array-like, shape (n, d)
        With at least twice as many rows as clusters.
    n_pairs : int, default=10
        How often the points are cut in two.
    random_state : int, Generator, RandomState or None, default=0
        Source of the cuts.

    Returns
    -------
    ndarray, shape (n_pairs,)
        About 0 where the halves have nothing in common, 1 where they agree on every point.

    Raises
    ------
    ValueError, TypeError
        If X is no finite table with at least 4 rows, or the clusterer refuses half of it.

    Notes
    -----
    Stable does not mean that there are clusters: a long cloud is always cut across its middle.
    Introduced in notebook 02.

    References
    ----------
    .. [1] A. Ben-Hur, A. Elisseeff and I. Guyon, "A stability based method for discovering
       structure in clustered data", Pacific Symposium on Biocomputing, 2002.
    """
    checks.check_integer("n_pairs", n_pairs, at_least=1)
    rng = checks.random_generator(random_state)
    X = check_array(X, dtype=[np.float64, np.float32], ensure_min_samples=4)
    return np.array([ari(*labels_of_halves(clusterer, X, rng)) for _ in range(n_pairs)])


def labels_of_halves(clusterer, X, rng):
    """Two labellings of all rows of X, each learnt from another half; arrays of shape (n,)."""
    rows = rng.permutation(len(X))
    both = []
    for half in (rows[: len(X) // 2], rows[len(X) // 2 :]):
        learner = clone(clusterer)
        if "random_state" in learner.get_params():
            learner.set_params(random_state=int(rng.integers(2**31)))
        both.append(learner.fit(X[half]).predict(X))
    return both


def agreement(
    labellings: Mapping[str, ArrayLike], score: Callable[[ArrayLike, ArrayLike], float] = ari
) -> NDArray[np.float64]:
    """Each labelling against each other one.

    Parameters
    ----------
    labellings : dict of str to array-like of int, shape (n,)
        For example one for each method.
    score : callable, default=ari
        Symmetric, such as `ari`, `nmi`, `accuracy`.

    Returns
    -------
    ndarray, shape (m, m)
        In the order of the dict; symmetric, each with itself on the diagonal.

    Raises
    ------
    ValueError
        As in `accuracy`.
    """
    table = np.empty((len(labellings), len(labellings)))
    for (i, a), (j, b) in itertools.combinations_with_replacement(
        enumerate(labellings.values()), 2
    ):
        table[i, j] = table[j, i] = score(a, b)
    return table


def evaluate(X: ArrayLike, labels: ArrayLike, y: ArrayLike | None = None) -> dict[str, float]:
    """All measures of one clustering, as a row of a table.

    Parameters
    ----------
    X : array-like, shape (n, d)
    labels : array-like of int, shape (n,)
        The clusters.
    y : array-like of int, shape (n,), optional
        The classes, where they are known.

    Returns
    -------
    dict of str to float
        ``n_clusters`` (with points), ``smallest`` (points in the smallest cluster), ``inertia``
        (about the means of the clusters), ``silhouette`` and ``dunn``; with `y` also ``accuracy``,
        ``nmi``, ``ari`` and ``purity``. What is not defined for so few clusters is NaN.

    Raises
    ------
    ValueError
        If the lengths differ, or X is no finite table.
    """
    X, labels = check_points(X, labels)
    if y is not None:
        y, _ = check_labels(y, labels)
    _, labels, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    several = 1 < len(sizes) < len(X)
    row = {
        "n_clusters": len(sizes),
        "smallest": int(sizes.min()),
        "inertia": float(
            sum(
                ((X[labels == k] - X[labels == k].mean(axis=0)) ** 2).sum()
                for k in range(len(sizes))
            )
        ),
        "silhouette": silhouette(X, labels) if several else np.nan,
        "dunn": dunn(X, labels) if several else np.nan,
    }
    if y is not None:
        row |= {score.__name__: score(y, labels) for score in (accuracy, nmi, ari, purity)}
    return row


def check_points(X, labels):
    """A finite float table, shape (n, d), and the integer label of each row, shape (n,)."""
    X = check_array(X, dtype=[np.float64, np.float32])
    labels = check_one("labels", labels)
    if len(labels) != len(X):
        raise ValueError(
            f"labels has {len(labels)} labels, but X has n_samples={len(X)}. Give one for each row."
        )
    return X, labels


def check_several(labels):
    """The number of clusters, which must be 2 at least."""
    n_clusters = len(np.unique(labels))
    if n_clusters < 2:
        raise ValueError(
            "labels has a single cluster, and this measure compares clusters with each other. "
            "Choose at least 2 clusters."
        )
    return n_clusters


def check_labels(y_true, y_pred):
    """Both as integer arrays of one and the same length, shape (n,)."""
    y_true, y_pred = check_one("y_true", y_true), check_one("y_pred", y_pred)
    if len(y_true) != len(y_pred):
        raise ValueError(
            f"y_true has {len(y_true)} labels and y_pred {len(y_pred)}. Give both for the same "
            "points."
        )
    return y_true, y_pred


def check_one(name, labels):
    """Labels as an integer array, shape (n,)."""
    labels = np.asarray(labels)
    if labels.ndim != 1 or not len(labels):
        raise ValueError(
            f"{name} has shape {labels.shape}. Give one label for each point: shape (n,)."
        )
    if not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"{name} has dtype {labels.dtype}, but labels are integers. For names of classes, "
            "use numpy.unique(names, return_inverse=True)[1]."
        )
    return labels
